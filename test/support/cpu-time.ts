/** Processor time since then, in milliseconds, which other programs do not change. */
export function elapsedCpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}
