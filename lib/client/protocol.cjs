/*
 * protocol.cjs - what the client in Node and the two halves of the browser's must agree on.
 *
 * Nothing here asks for a module of Node: it is bundled for the browser too.
 */
'use strict'

const CONTRACT_VERSION = 1
const JSON_1_0 = 'application/x-amz-json-1.0'

/* What may begin work that outlives the call: indexes, streams, items that expire, copies. */
const BEGINS_WORK = new Set([
  'CreateTable', 'UpdateTable', 'DeleteTable', 'UpdateTimeToLive', 'CreateBackup', 'DeleteBackup',
  'RestoreTableFromBackup', 'RestoreTableToPointInTime', 'UpdateContinuousBackups',
  'ExportTableToPointInTime', 'ImportTable', 'StartBulkPutItems', 'ddblite.StartExport'
])

function headersOf ({ contentType, requestId, crc32 }) {
  const headers = { 'x-amzn-requestid': requestId, 'x-amz-crc32': String(crc32) }
  if (contentType !== undefined) headers['content-type'] = contentType
  return headers
}

/* The HTTP answer of an error that the engine did not give as one. */
function httpOf (error) {
  return {
    status: error.statusCode,
    headers: { 'content-type': JSON_1_0 },
    body: JSON.stringify(error.envelope)
  }
}

module.exports = { CONTRACT_VERSION, JSON_1_0, BEGINS_WORK, headersOf, httpOf }
