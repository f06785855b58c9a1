// Loads the third-party modules that a function requires, then forks: each fork becomes an instance.
//
// This process runs in a sandbox of its own, without credentials and without a network, and never loads the function's
// own code. Its host speaks in messages over a socket that it inherits, as with guests/python/template.py; fork.c has what
// needs more than JavaScript. V8 and libuv are not made to be forked: what of them is tried here first is what functions
// rest on, and where it fails there is no template.
'use strict';

const bootstrap = require('./bootstrap.js');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const v8 = require('v8');
const vm = require('vm');
const native = require('./fork.node');

// V8's generator cannot be seeded anew. That of a context in which nobody has drawn yet takes its seed from a flag.
const fresh = vm.runInContext('Math.random', vm.createContext({}));
// How many ids and numbers Node.js draws ahead of being asked for them.
const UUIDS_AHEAD = 128;
const INTEGERS_AHEAD = 1024;

function collectGarbage() {
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')();
  v8.setFlagsFromString('--no-expose-gc');
}

// What a fork must be able to do: timers, the thread pool, sockets, garbage collection.
async function exercise() {
  await new Promise((done) => setTimeout(done, 1));
  await fs.promises.stat('/');
  await new Promise((done, fail) => crypto.randomBytes(8, (error) => (error ? fail(error) : done())));
  await new Promise((done, fail) => {
    const server = http.createServer((_, response) => response.end('x'));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      http.get({ port, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', done)).on('error', fail);
    });
  });
  collectGarbage();
}

// Whether this Node.js survives a fork on this machine.
function attempt() {
  const status = native.attempt();
  if (status >= 0) return status === 0;
  setTimeout(() => native.end(1), 5000);
  exercise().then(() => native.end(0), () => native.end(1));
  return undefined;
}

// What must not be the same in two forks, where it does not renew itself.
function renew() {
  const seed = crypto.randomBytes(4).readUInt32LE() >>> 1;
  v8.setFlagsFromString(`--random-seed=${seed + 1}`);
  fresh();
  v8.setFlagsFromString('--random-seed=0');
  Math.random = fresh;
  for (let drawn = 0; drawn < UUIDS_AHEAD; drawn++) crypto.randomUUID();
  for (let drawn = 0; drawn < INTEGERS_AHEAD; drawn++) crypto.randomInt(256);
  Object.defineProperty(process, 'pid', { value: native.pid(), enumerable: true, configurable: true, writable: true });
  process.reallyExit = native.end;
  process.execArgv.length = 0;
}

function become({ environment }) {
  const born = process.hrtime();
  process.uptime = () => process.hrtime(born).reduce((seconds, nanoseconds) => seconds + nanoseconds / 1e9);
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  // What stays is not touched: a change of the time zone has it looked for among all of the system's.
  for (const [name, value] of Object.entries(environment)) if (process.env[name] !== value) process.env[name] = value;
  // After all listeners: whoever leaves because there is nothing left to do leaves as quickly.
  const { emit } = process;
  process.emit = function (name, ...values) {
    const heard = emit.call(this, name, ...values);
    if (name === 'exit') native.end(process.exitCode === undefined ? values[0] : process.exitCode);
    return heard;
  };
  bootstrap.main();
}

// Functions are compiled now and stay so, not in each fork when they are called first.
function load(files) {
  v8.setFlagsFromString('--no-lazy');
  for (const file of files) {
    try {
      require(file);
    } catch (_) {
      // The function's own require will tell, if it needs this one.
    }
  }
  v8.setFlagsFromString('--lazy');
}

// What a start will run is run once with nothing to it: compiled in the template, and in a fork that nobody waits for yet
// in memory of its own.
async function rehearse() {
  const both = native.pair();
  await bootstrap.rehearse(both >> 16, both & 0xffff);
}

async function serve() {
  native.bear();
  renew();
  if (!native.awaited()) await rehearse();
  become(JSON.parse(native.live()));
}

// Lets what was set off come to its end.
const turn = () => new Promise((done) => setImmediate(done));

async function main() {
  v8.setFlagsFromString('--no-flush-bytecode');
  await rehearse();
  const able = attempt();
  if (able === undefined) return;
  if (!able) process.reallyExit(1);
  native.say('{}');
  const { modules, filter } = JSON.parse(native.hear());
  native.keep(filter.flat());
  process.argv[1] = bootstrap.file;
  process.mainModule = require.cache[bootstrap.file];
  load(modules);
  await turn();
  await turn();
  collectGarbage();
  setImmediate(serve);
}

main();
