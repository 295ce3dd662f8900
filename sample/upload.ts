import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

/** A client: signs in, asks the app for a form, sends the file to OSS with it, prints the app's answer to the callback. */
async function main([appUrl, file]: string[]): Promise<void> {
  if (!appUrl || !file)
    throw new Error('Usage: node dist/sample/upload.js <address of the app> <file>');
  const headers = { 'content-type': 'application/json' };
  const session = await fetch(`${appUrl}/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'sample-user' }),
  });
  if (!session.ok) throw new Error(`The app refused: ${await session.text()}`);
  const [cookie = ''] = session.headers.getSetCookie();
  const authorised = await fetch(`${appUrl}/uploads/form`, {
    method: 'POST',
    headers: { ...headers, cookie: cookie.split(';', 1)[0]! },
    body: JSON.stringify({ name: basename(file) }),
  });
  if (!authorised.ok) throw new Error(`The app refused: ${await authorised.text()}`);
  const { url, fields } = (await authorised.json()) as {
    url: string;
    fields: Record<string, string>;
  };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', await openAsBlob(file), basename(file));
  const response = await fetch(url, { method: 'POST', body: form });
  // 203 is a success to fetch, and none to you: the object is stored, the app has not confirmed it
  if (response.status === 203)
    throw new Error(`Stored, but not recorded: ${await response.text()}`);
  if (response.status !== 200) throw new Error(`OSS refused: ${await response.text()}`);
  console.log(await response.json());
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
