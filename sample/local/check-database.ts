import { Client } from 'pg';

/**
 * Connects once, so that a wrong address is told in one sentence.
 * @throws Error without the password
 */
export async function checkDatabase(url: string): Promise<void> {
  let where: string;
  try {
    const { hostname, port, pathname } = new URL(url);
    where = `${hostname}:${port || '5432'}${pathname}`;
  } catch {
    throw new Error(
      'DATABASE_URL is not a URL. Write postgres://user:password@host:5432/database.',
    );
  }
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
  } catch (error) {
    throw new Error(
      `PostgreSQL at ${where} (DATABASE_URL) cannot be used: ${reasonOf(error)}. Fix DATABASE_URL, or unset it to use the embedded PostgreSQL.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

function reasonOf(error: unknown): string {
  // A host name with several addresses fails with one error for each of them.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
