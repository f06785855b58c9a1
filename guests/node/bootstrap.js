// Runs a Lambda handler written for Node.js: loads it, then answers one call after the other.
//
// Calls come in frames over a socket that this process inherits: a kind (one byte), the lengths of header and payload
// (four bytes each, big endian), the header (JSON), the payload (raw). What a function can see of its runtime, down to
// the wording of errors, is as the official client (aws-lambda-nodejs-runtime-interface-client) has it.
'use strict';

const fs = require('fs');
const net = require('net');
const util = require('util');
const { loadHandler } = require('./load.js');
const { streams, callStreaming } = require('./stream.js');

const PREFIX = 9;
// A dying guest says so with its last error: nothing more is to be given to it.
const KIND = { ready: 'R', initFailed: 'F', call: 'C', returned: 'A', streamed: 'Z', failed: 'E', failedAndDies: 'D' };

let current; // The running call's request id.
let onEmptyLoop; // What becomes of the call when the event loop has nothing left to do.

// The socket to the host. While a call runs it does not keep the event loop alive, so that the loop can become empty.
class Link {
  constructor(descriptor, take) {
    this.socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
    this.received = [];
    this.length = 0;
    this.take = take;
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.on('end', () => process.exit(0));
    this.socket.on('error', () => process.exit(1));
    this.socket.unref();
  }

  send(kind, payload, then) {
    const body = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
    const head = Buffer.alloc(PREFIX);
    head.write(kind, 0, 'latin1');
    head.writeUInt32BE(body.length, 5);
    this.socket.cork();
    this.socket.write(head);
    this.socket.write(body, then);
    this.socket.uncork();
  }

  read(chunk) {
    this.received.push(chunk);
    this.length += chunk.length;
    // A large call comes in many pieces: they are joined once it is complete, not with each piece.
    if (this.length < PREFIX) return;
    if (this.received[0].length < PREFIX) this.join();
    const headerLength = this.received[0].readUInt32BE(1);
    const end = PREFIX + headerLength + this.received[0].readUInt32BE(5);
    if (this.length < end) return;
    const all = this.join();
    const header = JSON.parse(all.toString('utf8', PREFIX, PREFIX + headerLength));
    const payload = all.toString('utf8', PREFIX + headerLength, end);
    this.received = [];
    this.length = 0;
    this.take(header, payload);
  }

  join() {
    if (this.received.length > 1) this.received = [Buffer.concat(this.received)];
    return this.received[0];
  }

  waitForCall() {
    this.socket.ref();
  }

  letLoopBeEmpty() {
    this.socket.unref();
  }
}

function describe(error) {
  if (util.types.isNativeError(error) || (error && error.name && error.message !== undefined && error.stack)) {
    return {
      errorType: String(error.name),
      errorMessage: String(error.message),
      trace: String(error.stack || '').split('\n'),
    };
  }
  let message;
  try {
    message = String(error);
  } catch (_) {
    message = 'an error that cannot be told';
  }
  return { errorType: typeof error, errorMessage: message, trace: [] };
}

// --- the log

const LEVELS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };
const RANKS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

function setUpLog() {
  const asJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  const least = Math.max(RANKS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()), 0);
  for (const [method, level] of Object.entries(LEVELS)) {
    const heard = !asJson || RANKS.indexOf(level) >= least;
    console[method] = (...values) => {
      if (heard) process.stdout.write((asJson ? jsonLine(level, values) : textLine(level, values)) + '\n');
    };
  }
}

function textLine(level, values) {
  return `${new Date().toISOString()}\t${current}\t${level}\t${util.format(...values)}`;
}

function jsonLine(level, values) {
  const line = { timestamp: new Date().toISOString(), level, requestId: current };
  const [first] = values;
  line.message = values.length === 1 && typeof first === 'object' ? first : util.format(...values);
  const error = values.find((value) => util.types.isNativeError(value));
  if (error) {
    const { errorType, errorMessage, trace } = describe(error);
    Object.assign(line, { errorType, errorMessage, stackTrace: trace.slice(1) });
    if (error === first) line.message = errorMessage;
  }
  try {
    return JSON.stringify(line);
  } catch (_) {
    return JSON.stringify({ ...line, message: util.format(...values) });
  }
}

function logError(label, thrown) {
  const error = thrown instanceof Object ? thrown : new Error(describe(thrown).errorMessage);
  const { errorType, errorMessage, trace } = describe(error);
  let line;
  try {
    line = JSON.stringify({ errorType, errorMessage, ...error, stack: trace });
  } catch (_) {
    // Errors of HTTP clients hold the request, which holds itself.
    line = JSON.stringify({ errorType, errorMessage, stack: trace });
  }
  console.error(`${label} \t${line}`);
}

// --- one call

function contextOf(header, finish) {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: header.requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: header.invokedArn,
    clientContext: header.clientContext ? JSON.parse(header.clientContext) : undefined,
    identity: header.cognitoIdentity ? JSON.parse(header.cognitoIdentity) : undefined,
    getRemainingTimeInMillis: () => header.deadlineMs - Date.now(),
    done: (error, result) => (error ? finish.fail(error) : finish.succeed(result)),
    succeed: (result) => finish.succeed(result),
    fail: (error) => finish.fail(error === undefined || error === null ? 'handled' : error),
  };
}

class Guest {
  constructor(handler, link) {
    this.handler = handler;
    this.link = link;
  }

  take(header, payload) {
    this.link.letLoopBeEmpty();
    current = header.requestId;
    process.env._X_AMZN_TRACE_ID = header.traceId || '';
    const finish = this.finisher();
    // A handler that never answers and leaves nothing to wait for has answered with nothing.
    onEmptyLoop = () => finish.succeed(null);
    // In its own turn: what the handler throws must not end up in the socket's reader.
    setImmediate(() => this.call(header, payload, finish));
  }

  call(header, payload, finish) {
    try {
      const context = contextOf(header, finish);
      const callback = (error, result) => {
        if (error !== undefined && error !== null) finish.fail(error);
        else if (!context.callbackWaitsForEmptyEventLoop) finish.succeed(result);
        else onEmptyLoop = () => finish.succeed(result);
      };
      const event = payload === '' ? {} : JSON.parse(payload);
      if (streams(this.handler)) return callStreaming(this.handler, event, context, this.link, finish);
      const returned = this.handler(event, context, callback);
      if (returned && typeof returned.then === 'function') {
        returned.then(finish.succeed, finish.fail);
      }
    } catch (error) {
      finish.fail(error);
    }
  }

  // The first way to end a call that is taken is the one that counts.
  finisher() {
    let open = true;
    const close = (kind, payload) => {
      onEmptyLoop = undefined;
      this.link.send(kind, payload);
      this.link.waitForCall();
    };
    return {
      whenNothingIsLeft: (act) => {
        onEmptyLoop = act;
      },
      streamed: () => {
        if (!open) return;
        open = false;
        close(KIND.streamed, '');
      },
      succeed: (result) => {
        if (!open) return;
        open = false;
        let payload;
        try {
          payload = JSON.stringify(result === undefined ? null : result);
          if (payload === undefined) payload = 'null';
        } catch (error) {
          const failure = new Error('Unable to stringify response body');
          failure.name = 'Runtime.MarshalError';
          logError('Invoke Error', failure);
          return close(KIND.failed, JSON.stringify(describe(failure)));
        }
        close(KIND.returned, payload);
      },
      fail: (error) => {
        if (!open) return;
        open = false;
        logError('Invoke Error', error);
        close(KIND.failed, JSON.stringify(describe(error)));
      },
    };
  }
}

function dieOfTheUnhandled(link) {
  const die = (label, error, status, kind) => {
    logError(label, error);
    link.send(kind(), JSON.stringify(describe(error)), () => process.exit(status));
    process.exitCode = status;
  };
  // Before the first call it is the init that fails.
  const kind = () => (current === undefined ? KIND.initFailed : KIND.failedAndDies);
  process.on('uncaughtException', (error) => die('Uncaught Exception', error, 129, kind));
  process.on('unhandledRejection', (reason) => {
    const error = new Error(reason === undefined ? 'undefined' : String(reason));
    error.name = 'Runtime.UnhandledPromiseRejection';
    error.stack = (reason && reason.stack ? `${error.name}: ${reason.stack}` : error.stack);
    die('Unhandled Promise Rejection', error, 128, kind);
  });
}

// The files of third-party modules that were loaded for the handler, in order; those of the function itself are not told.
function imported() {
  const installed = (file) => file.startsWith('/opt/') || /^\/var\/task\/.*\/?node_modules\//.test(file);
  return Object.keys(require.cache).filter(installed);
}

async function main() {
  const learns = process.env.DAYFLY_GUEST_LEARN;
  delete process.env.DAYFLY_GUEST_LEARN;
  const descriptor = Number(process.env.DAYFLY_GUEST_FD);
  delete process.env.DAYFLY_GUEST_FD;
  let guest;
  const link = new Link(descriptor, (header, payload) => guest.take(header, payload));
  setUpLog();
  dieOfTheUnhandled(link);
  process.on('beforeExit', () => {
    const answer = onEmptyLoop;
    onEmptyLoop = undefined;
    if (answer) setImmediate(answer);
  });
  try {
    guest = new Guest(await loadHandler('/var/task', process.env._HANDLER), link);
  } catch (error) {
    logError('Uncaught Exception', error);
    link.send(KIND.initFailed, JSON.stringify(describe(error)), () => process.exit(1));
    return;
  }
  link.send(KIND.ready, learns ? JSON.stringify(imported()) : '');
  link.waitForCall();
}

// A start and a call of a function that does nothing, between two connected sockets. Leaves nothing behind.
async function rehearse(ours, hosts) {
  const trace = process.env._X_AMZN_TRACE_ID;
  let guest;
  const link = new Link(ours, (header, payload) => guest.take(header, payload));
  guest = new Guest(await loadHandler('/var/runtime', 'rehearsal.handler'), link);
  link.send(KIND.ready, '');
  link.waitForCall();
  const header = Buffer.from(JSON.stringify({ requestId: '', invokedArn: '', deadlineMs: 0 }));
  const head = Buffer.alloc(PREFIX);
  head.write(KIND.call, 0, 'latin1');
  head.writeUInt32BE(header.length, 1);
  fs.writeSync(hosts, Buffer.concat([head, header]));
  await guest.handler.called;
  await new Promise((done) => link.socket.on('close', done) && setImmediate(() => link.socket.destroy()));
  fs.closeSync(hosts);
  textLine('INFO', ['']);
  current = undefined;
  if (trace === undefined) delete process.env._X_AMZN_TRACE_ID;
  delete require.cache['/var/runtime/rehearsal.js'];
}

if (require.main === module) main();
module.exports = { main, rehearse, file: __filename };
