/**
 * Signs in to the sample.
 * @returns the session, as the header `Cookie` takes it
 */
export async function signIn(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`The sample refused ${name}: ${await response.text()}`);
  const [cookie = ''] = response.headers.getSetCookie();
  return cookie.split(';', 1)[0]!;
}
