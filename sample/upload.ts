import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { createOssUploader } from 'nestjs-oss-callback/client';

/** As whom the page suggests to sign in: it shows this user's uploads. */
const USER = 'alice';

/** A client: signs in, uploads the file to OSS as the app authorises it, prints the app's answer to the callback. */
async function main([appUrl, path]: string[]): Promise<void> {
  if (!appUrl || !path)
    throw new Error('Usage: node dist/sample/upload.js <address of the app> <file>');
  const session = await fetch(`${appUrl}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: USER }),
  });
  if (!session.ok) throw new Error(`The app refused: ${await session.text()}`);
  const [cookie = ''] = session.headers.getSetCookie();
  const uploader = createOssUploader({
    url: `${appUrl}/uploads`,
    headers: { cookie: cookie.split(';', 1)[0]! },
  });
  const outcome = await uploader.upload(await openAsBlob(path), {
    name: basename(path),
    onUnconfirmed: ({ reason }) => console.log(`Stored, not confirmed yet: ${reason}`),
  });
  console.log(outcome);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
