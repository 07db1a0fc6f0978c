/**
 * Node's HTTP without its WebSocket client. An `import` of `node:http` asks for all that it exports, and so loads that
 * client, which takes longer than all the rest of it and would be loaded with every start.
 */
export const { STATUS_CODES, request } = process.getBuiltinModule('node:http')
