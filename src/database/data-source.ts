import type { ModulesContainer } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { invalidOption, type OssCallbackError } from '../common/errors.js';

/**
 * Without waiting for its connection.
 * @throws OssCallbackError `INVALID_OPTIONS`
 */
export function checkDataSourceIsImported(
  modules: ModulesContainer,
  name: string | undefined,
): void {
  const token = getDataSourceToken(name);
  if (![...modules.values()].some(({ providers }) => providers.has(token)))
    throw noDataSource(name);
}

/** @throws OssCallbackError `INVALID_OPTIONS` */
export function checkDataSource(
  dataSource: DataSource | undefined,
  name: string | undefined,
): DataSource {
  if (!dataSource) throw noDataSource(name);
  const named = name === undefined ? '' : ` named "${name}"`;
  const { type } = dataSource.options;
  if (type === 'postgres') return dataSource;
  throw invalidOption(
    'dataSource',
    `finds a TypeORM DataSource${named} of the type "${type}". This package needs "postgres".`,
  );
}

function noDataSource(name: string | undefined): OssCallbackError {
  const named = name === undefined ? '' : ` named "${name}"`;
  return invalidOption(
    'dataSource',
    `finds no TypeORM DataSource${named}. Import TypeOrmModule.forRoot({ type: "postgres", ... }) in the root module, or set the option to the name of an existing one.`,
  );
}
