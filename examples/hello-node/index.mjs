// Says hello, and where it runs.
export const handler = async (event) => ({ hello: event.name ?? "world", from: `Node ${process.version}` });
