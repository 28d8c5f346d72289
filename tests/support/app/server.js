// A small HTTP service whose failure is chosen per release, by release.json in its own directory.
//   mode: healthy | unhealthy | degrades (after_ms, or after_answers to /health) | crash_at_start
//         crash_loop (after_ms) | never_ready
//         slow_start (start_ms) | wrong_version | hangs
//   only_on: ports on which the mode shows; elsewhere the release is healthy
'use strict';

const cluster = require('cluster');
const fs = require('fs');
const http = require('http');
const path = require('path');

const release = JSON.parse(fs.readFileSync(path.join(process.cwd(), 'release.json'), 'utf8'));
const { version, after_ms: afterMs = 500, start_ms: startMs = 1000 } = release;
const port = Number(process.env.PORT);
const mode = release.only_on && !release.only_on.includes(port) ? 'healthy' : release.mode || 'healthy';
const startedAt = Date.now();
let asked = 0;

function isUp() {
  if (mode === 'unhealthy') return false;
  if (mode !== 'degrades') return true;
  return release.after_answers === undefined ? Date.now() - startedAt <= afterMs : asked <= release.after_answers;
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = http.createServer((request, response) => {
  if (mode === 'hangs') return;
  if (request.url === '/health') {
    asked += 1;
    const up = isUp();
    answer(response, up ? 200 : 503, { status: up ? 'UP' : 'DOWN' });
  } else if (request.url === '/version') {
    answer(response, 200, { version: mode === 'wrong_version' ? 'someone-else' : version });
  } else if (request.url === '/env') {
    answer(response, 200, { keys: Object.keys(process.env), greeting: process.env.GREETING || null });
  } else {
    answer(response, isUp() ? 200 : 500, { hello: version });
  }
});

server.on('error', (error) => {
  console.error(`ERROR cannot listen on ${port}: ${error.code}`);
  process.exit(1);
});

process.on('SIGINT', () => {
  if (cluster.isWorker) {
    // Not simply close and exit: a connection that the master has just sent here would be lost.
    cluster.worker.once('disconnect', () => process.exit(0));
    cluster.worker.disconnect();
  } else {
    server.close(() => process.exit(0));
  }
  server.closeIdleConnections();
});

function listen() {
  server.listen(port, process.env.HOST || '127.0.0.1', () => {
    if (process.send) process.send('ready');
    if (mode === 'crash_loop') setTimeout(() => process.exit(1), afterMs);
  });
}

if (mode === 'crash_at_start') {
  console.error('ERROR NullPointerException: the configuration is missing');
  process.exit(1);
} else if (mode === 'never_ready') {
  setInterval(() => {}, 1000);
} else {
  setTimeout(listen, mode === 'slow_start' ? startMs : 0);
}
