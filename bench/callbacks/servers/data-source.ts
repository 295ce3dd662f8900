import { DataSource } from 'typeorm';
import { ossCallbackEntities } from '../../../src/index.js';

/** As the apps have it: the default size of the pool. */
export function openDataSource(url: string): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url, entities: ossCallbackEntities }).initialize();
}
