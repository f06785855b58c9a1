// Finds the function that a handler's name means: `index.handler`, `src/index.handler`, `index.nested.handler`, in a
// CommonJS or an ES module.
'use strict';

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const { createRequire } = require('module');

const requireFromTask = createRequire('/var/task/');

class Fault extends Error {
  constructor(name, message, stack) {
    super(message);
    this.name = name;
    if (stack) this.stack = stack;
  }
}

async function loadHandler(root, name) {
  if (name.includes('..')) {
    const advice = 'Use absolute paths when specifying root directories in handler names.';
    throw new Fault('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name. ${advice}`);
  }
  const base = path.basename(name);
  const parts = base.match(/^([^.]*)\.(.*)$/);
  if (!parts) throw new Fault('Runtime.MalformedHandlerName', `Bad handler: '${name}'`);
  const directory = name.substring(0, name.indexOf(base));
  const loaded = await loadModule(root, directory, parts[1]);
  const find = (from) => parts[2].split('.').reduce((value, key) => (value === undefined || value === null ? value : value[key]), from);
  let handler = find(loaded);
  // An ES module that was made from a CommonJS one has its exports below `default` only.
  if (handler === undefined && loaded && loaded.default) handler = find(loaded.default);
  if (handler === undefined || handler === null) {
    throw new Fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') throw new Fault('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

async function loadModule(root, directory, name) {
  try {
    const file = path.resolve(root, directory, name);
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      const candidate = file + extension;
      if (isFile(candidate)) {
        return isEsModule(candidate) ? await import(pathToFileURL(candidate).href) : requireFromTask(candidate);
      }
    }
    return requireFromTask(requireFromTask.resolve(name, { paths: [root, path.resolve(root, directory)] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Fault('Runtime.UserCodeSyntaxError', String(error), error.stack);
    }
    if (error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
      throw new Fault('Runtime.ImportModuleError', String(error), error.stack);
    }
    throw error;
  }
}

function isFile(file) {
  try {
    return fs.statSync(file).isFile();
  } catch (_) {
    return false;
  }
}

// As Node decides: by extension, and for `.js` by the nearest package.json.
function isEsModule(file) {
  if (file.endsWith('.mjs')) return true;
  if (!file.endsWith('.js')) return false;
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    const description = path.join(directory, 'package.json');
    if (isFile(description)) {
      try {
        return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
      } catch (_) {
        return false;
      }
    }
    if (directory === path.dirname(directory)) return false;
  }
}

module.exports = { loadHandler };
