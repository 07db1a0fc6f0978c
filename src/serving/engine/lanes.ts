import type { LaneGraph, LaneOpenOptions } from './lane-messages.ts'
import { openLane, type Lane } from './open-lane.ts'

/** The lanes of a process. */
export interface Lanes {
  /** Opens a graph in the lane with the fewest, so that a new version loads beside the old one. */
  open(path: string, options: LaneOpenOptions): Promise<LaneGraph>
  close(): Promise<void>
  /** Ends every thread at once: what was asked fails, and the next opening starts another. None may be inside of the runtime. */
  terminate(): Promise<void>
}

/** @param count lanes at most; they start when they are needed, and one that died is followed by another */
export function openLanes(count: number): Lanes {
  let lanes: Lane[] = []
  const leastBusy = (): Lane => {
    lanes = lanes.filter(({ isDead }) => !isDead)
    const idle = lanes.find(({ graphs }) => graphs === 0)
    if (idle) return idle
    if (lanes.length < count) {
      const lane = openLane()
      lanes.push(lane)
      return lane
    }
    return lanes.reduce((best, lane) => (lane.graphs < best.graphs ? lane : best))
  }
  return {
    open: (path, options) => leastBusy().open(path, options),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
    terminate: async () => {
      await Promise.all(lanes.map((lane) => lane.terminate()))
    },
  }
}
