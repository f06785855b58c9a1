// Responses that a handler writes piece by piece: what functions find as the global `awslambda`.
//
// On the wire a response in pieces is a frame 'S' (its payload is the content type), frames 'P' with the pieces, and a
// frame 'Z' at its end, or the frame of an error in its place.
'use strict';

const { Writable } = require('stream');

const MARK = Symbol.for('aws.lambda.runtime.handler.streaming');
const BUFFERED = 65536; // As the official client has it; `highWaterMark` of a handler's options says otherwise.
const PIECE = 256 * 1024;
const DEFAULT_TYPE = 'application/octet-stream';
const HTTP_TYPE = 'application/vnd.awslambda.http-integration-response';

class ResponseStream extends Writable {
  constructor(link, highWaterMark) {
    super({ highWaterMark });
    this.link = link;
    this.contentType = DEFAULT_TYPE;
    this.hasBegun = false;
    this.before = undefined; // Goes ahead of the first piece.
  }

  setContentType(contentType) {
    if (this.hasBegun) throw new Error('Cannot set content type, too late.');
    this.contentType = contentType;
  }

  begin() {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.link.send('S', this.contentType);
    if (this.before) this.link.send('P', this.before());
  }

  // Called back when the piece has left this process: nothing is piled up for a reader that is slow.
  _write(chunk, _, done) {
    this.begin();
    for (let from = 0; from < chunk.length || from === 0; from += PIECE) {
      const piece = chunk.subarray(from, from + PIECE);
      this.link.send('P', piece, from + PIECE >= chunk.length ? () => done() : undefined);
    }
  }

  _final(done) {
    this.begin();
    done();
  }
}

class HttpResponseStream {
  // Puts status, headers and cookies ahead of what is written.
  static from(stream, prelude) {
    stream.setContentType(HTTP_TYPE);
    const head = Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]);
    stream.before = () => head;
    return stream;
  }
}

function streamifyResponse(handler, options) {
  handler[MARK] = 'response';
  handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')] = options && options.highWaterMark;
  return handler;
}

const streams = (handler) => handler[MARK] === 'response';

// Runs a handler that writes its response. It has ended when the handler and its stream have.
function callStreaming(handler, event, context, link, finish) {
  const mark = Number(handler[Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')]);
  const response = new ResponseStream(link, mark > 0 ? mark : BUFFERED);
  const written = new Promise((done, fail) => response.once('finish', done).once('error', fail));
  // Who awaits it comes later: until then its failure is nobody's.
  written.catch(() => {});
  // What was written before a failure goes out before it is told.
  const fail = async (error) => {
    if (response.hasBegun && !response.destroyed) {
      response.end();
      await written.catch(() => {});
    } else response.destroy();
    finish.fail(error);
  };
  finish.whenNothingIsLeft(() => response.end());
  Promise.resolve()
    .then(() => handler(event, response, context))
    .then(() => written)
    .then(finish.streamed, fail);
}

globalThis.awslambda = { streamifyResponse, HttpResponseStream };

module.exports = { streams, callStreaming };
