/** The server's settings: what keeps it private and predictable, then what the caller asks for. */
export function serverSettings(options: {
  port: number;
  durable?: boolean;
  postgresOptions?: Record<string, string>;
}): Record<string, string> {
  return {
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.postgresOptions,
    listen_addresses: '127.0.0.1',
    // A socket's folder would be one more place that must exist and be writable.
    unix_socket_directories: '',
    port: String(options.port),
  };
}
