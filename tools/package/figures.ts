import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Manifest } from './installed-package.js';

/** How much an app takes on with the package. */
export interface PackageFigures {
  packedBytes: number;
  unpackedBytes: number;
  dependencies: number;
  /** Peers that an app must have. */
  requiredPeers: number;
}

export function packageFigures(tarball: string, manifest: Manifest): PackageFigures {
  const unpacked = execFileSync('tar', ['-xzOf', tarball], { maxBuffer: 2 ** 28 });
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
  return {
    packedBytes: statSync(tarball).size,
    unpackedBytes: unpacked.length,
    dependencies: Object.keys({ ...dependencies, ...optionalDependencies }).length,
    requiredPeers: Object.keys(peerDependencies ?? {}).filter(
      (name) => !peerDependenciesMeta?.[name]?.optional,
    ).length,
  };
}

export function describeFigures(figures: PackageFigures): string {
  const { packedBytes, unpackedBytes, dependencies, requiredPeers } = figures;
  return `${kilobytes(packedBytes)}, unpacked ${megabytes(unpackedBytes)}; ${dependencies} dependencies, ${requiredPeers} required peers`;
}

/** As documents write it. */
export function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
