// A function that does nothing: what a start of it runs is what every start runs.
'use strict';

let done;

exports.handler = async (event) => {
  done();
  return event;
};
exports.handler.called = new Promise((resolve) => {
  done = resolve;
});
