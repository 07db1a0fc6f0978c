/** Names a version of a registered model for ever: names of models are given again, numbers are not. */
export interface VersionKey {
  /** Number of the model. */
  readonly model: number
  readonly version: number
}

/** What judges versions of registered models and lets them serve, as the registry's addresses ask it. */
export interface VersionJudge {
  /** Begins to judge a version that is pending, or goes on with it. */
  begin(version: VersionKey): Promise<void>
  /** Returns once a version is judged, or after a moment: clients that ask whether it is come back after seconds. */
  awaitMoment(version: VersionKey): Promise<void>
  /** Lets go of the files of versions that were deleted. */
  withdraw(): Promise<void>
}
