// Replies a second with a body of 1 KiB: plain node:http beside the same route in express.
import { Agent, createServer, request } from 'node:http';
import { cpus } from 'node:os';
import express from 'express';

const CONNECTIONS = 32;
const SECONDS = 3;
const PATH = '/qrt/1/vat/x/box';
const BODY = Buffer.alloc(1024);
const TYPE = 'application/octet-stream';

/** @type {import('node:http').RequestListener} */
const plain = (incoming, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  incoming.on('data', (chunk) => chunks.push(chunk));
  incoming.on('end', () => {
    const bytes = Buffer.concat(chunks);
    response.writeHead(200, { 'content-type': TYPE, 'content-length': bytes.length });
    response.end(bytes);
  });
};

const app = express();
app.use(express.raw({ type: TYPE, limit: '1mb' }));
app.post(PATH, (incoming, response) => {
  response.type(TYPE).send(incoming.body);
});

for (const [name, listener] of Object.entries({
  plain,
  express: app,
  plain2: plain,
  express2: app,
})) {
  process.stdout.write(`${name}: ${await measure(listener)} replies a second\n`);
}
process.stdout.write(
  `${cpus().length} CPUs, node ${process.version}, client in the same process\n`,
);

/** @param {import('node:http').RequestListener} listener */
async function measure(listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const endMs = performance.now() + SECONDS * 1000;
  let replies = 0;
  const loop = async () => {
    while (performance.now() < endMs) {
      await post(`http://127.0.0.1:${port}${PATH}`, agent);
      replies += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  agent.destroy();
  server.close();
  return Math.round(replies / SECONDS);
}

/**
 * @param {string} url
 * @param {Agent} agent
 */
function post(url, agent) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers: { 'content-type': TYPE } });
    outgoing.once('response', (incoming) => incoming.resume().once('end', resolve));
    outgoing.once('error', reject);
    outgoing.end(BODY);
  });
}
