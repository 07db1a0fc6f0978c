import { defineFailures } from '#platform'

const newToken = "Ask an admin for a token; one makes it with 'millrace tokens create'"

/** Errors of access: who may not do what, and why. */
export const fail = defineFailures('governance', {
  noToken: {
    status: 401,
    means: 'The server answers nobody without a token (MILLRACE_ACCESS=tokens), and the request carries none',
    remedy:
      "Send the header 'Authorization: Bearer TOKEN', or the token as the password of Basic; MILLRACE_TOKEN for the command line",
  },
  unknownToken: {
    status: 401,
    means: 'The request carries a token that this server did not make',
    remedy: `Check that it is whole, and of this server. ${newToken}`,
  },
  expiredToken: { status: 401, means: 'The token has expired', remedy: newToken },
  revokedToken: { status: 401, means: 'The token was revoked', remedy: newToken },
  notPermitted: {
    status: 403,
    means: 'The token is good, but its role and its scopes do not hold the permission',
    remedy: "Use a token that may; 'millrace tokens list' shows what each holds",
  },
  otherProject: {
    status: 403,
    means: 'The token is bound to another project, or what was asked for belongs to none',
    remedy: 'Use a token of that project, or one that is bound to none',
  },
  badProject: {
    status: 422,
    means: 'What the header X-MLFLOW-WORKSPACE names is no name of a project',
    remedy: "Use lower-case letters, digits and '-', starting with a letter, at most 63",
  },
  tooManyAttempts: {
    status: 429,
    retry: true,
    means: 'So many wrong tokens were sent that new ones are not looked at for a moment; known ones still are',
    remedy: 'Ask again in a second, and find out who sends wrong tokens',
  },
  tokenNameTaken: {
    status: 409,
    means: 'A token of that name is in force',
    remedy: "Choose another name, or revoke that token first: 'millrace tokens revoke ID'",
  },
  alreadyExpired: {
    status: 422,
    means: 'A token would have expired before it was made',
    remedy: 'Give a moment that is still to come',
  },
  noSuchToken: { status: 404, means: 'There is no token of that id', remedy: "List them: 'millrace tokens list'" },
})
