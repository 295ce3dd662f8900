import { resolve } from 'node:path';
import { findPort } from './local/free-port.js';
import { startApp } from './local/start-app.js';
import { setEnvironment, startLocal } from './local/start-local.js';
import { reportUploads } from './local/upload-report.js';
import { UploadTraces } from './local/upload-traces.js';

/** `npm start`: PostgreSQL, the local OSS and the app, on loopback, until Ctrl-C. */
async function main(): Promise<void> {
  const dataDirectory = resolve('.data');
  const appPort = await findPort(portFrom('PORT', 3000), 'PORT');
  const ossPort = await findPort(portFrom('OSS_LOCAL_PORT', 9100), 'OSS_LOCAL_PORT');
  const { DATABASE_URL: databaseUrl } = process.env;
  console.log(`Starting ${databaseUrl ? '' : 'PostgreSQL, '}the local OSS and the app …`);
  const local = await startLocal({ dataDirectory, appPort, ossPort, databaseUrl });
  const stopLocal = () => local.stop();
  const appUrl = `http://127.0.0.1:${appPort}`;
  setEnvironment(local, appUrl, dataDirectory);
  const app = await startApp(appPort, local.oss).catch(async (error: unknown) => {
    await stopLocal();
    throw error;
  });

  console.log(`
App         ${appUrl}
Local OSS   ${local.oss.url}
Database    ${local.databaseName}
Data        ${databaseUrl ? 'objects in .data, records in the database' : '.data'}

Open the first address in a browser. Or upload a file from another terminal, as the user alice:

  node dist/sample/upload.js ${appUrl} README.md

Ctrl-C stops all of it. Each upload is reported here:
`);
  reportUploads(app.get(UploadTraces), (line) => console.log(line));

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping …');
    app
      .close()
      .then(stopLocal)
      .then(() => process.exit(0), fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function portFrom(variable: string, byDefault: number): number {
  const text = process.env[variable] ?? String(byDefault);
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`${variable} is "${text}". Write a port from 0 to 65535.`);
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

main().catch(fail);
