import { defineFailures } from '../failure.ts'

/** Errors of the HTTP door itself; a handler's own failures keep their component's code. */
export const fail = defineFailures('http', {
  invalidRequest: {
    status: 422,
    means: 'The request is well formed, but a field of it is missing, of the wrong type or out of bounds',
    remedy: 'Correct the fields that `details.problems` names; /api/openapi.json describes every request',
  },
  malformedJson: {
    status: 400,
    means: 'The request body is not JSON',
    remedy: 'Send one JSON value, encoded as UTF-8',
  },
  malformedRequest: {
    status: 400,
    means: 'The request does not follow HTTP',
    remedy: 'Check the address, the headers and that Content-Length is that of the body',
  },
  bodyTooLarge: {
    status: 413,
    means: 'The request body is larger than the server takes',
    remedy: 'Send fewer rows in each request, or start the server with a larger MILLRACE_BODY_LIMIT_MB',
  },
  headersTooLarge: {
    status: 431,
    means: 'The address and the headers of the request are larger than the server takes',
    remedy: 'Send at most 16 KB of headers; what is larger belongs into the body',
  },
  tooSlow: {
    status: 408,
    retry: true,
    means: 'The request did not come whole in the time that it may take',
    remedy: 'Send the request at once, or in smaller pieces; see MILLRACE_REQUEST_TIMEOUT_MS',
  },
  wrongContentType: {
    status: 415,
    means: 'The request body is not declared as JSON',
    remedy: "Send the header 'Content-Type: application/json'",
  },
  notFound: {
    status: 404,
    means: 'The server has nothing at that address',
    remedy: 'Look the address up in /api/openapi.json',
  },
  methodNotAllowed: {
    status: 405,
    means: 'The address exists, but not for this method',
    remedy: 'Use one of the methods in the Allow header',
  },
  refused: {
    status: 403,
    means: 'The caller may not do this',
    remedy:
      'Call from the machine that the server runs on, at its loopback address, or send a token: docs/guides/access.md',
  },
  elsewhere: {
    status: 401,
    means: 'The request comes from another machine, and carries no token',
    remedy: "Send a token: 'Authorization: Bearer TOKEN'; 'millrace tokens create' makes one",
  },
  addressRefused: {
    status: 422,
    means: 'An address to send to is of this machine or of a private network, or leads there',
    remedy: 'Name a public address, or start the server with MILLRACE_WEBHOOK_ADDRESSES=any',
  },
  notReady: {
    status: 503,
    retry: true,
    means: 'The server is starting or closing, or its database does not answer',
    remedy: 'Wait a moment and ask again',
  },
  unexpected: {
    status: 500,
    means: 'The server met an error that it did not foresee',
    remedy: 'Look for the request id in the log of the server, and report what stands there',
  },
  noPermission: {
    status: 500,
    means: 'A route of the program does not say who may call it, so the server does not start',
    remedy: 'Declare the permission in the route table',
  },
  portInUse: {
    status: 409,
    retry: true,
    means: 'Another program listens on the port',
    remedy: 'Stop that program, or choose another port with MILLRACE_PORT (0 takes any free one)',
  },
  cannotListen: {
    status: 409,
    means: 'The machine does not let the server listen on that address',
    remedy: 'Choose an address of this machine with MILLRACE_HOST and a port of 1024 or more with MILLRACE_PORT',
  },
})
