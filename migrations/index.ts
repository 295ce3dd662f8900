import { CreateOssCallbackTables1763683200000 } from './1763683200000-create-oss-callback-tables.js';

/**
 * This package's migrations, in the order in which they run, for the `migrations` of the app's DataSource:
 * `[...ossCallbackMigrations, AddUsers1700000000000]`. `runOssCallbackMigrations` runs them without that.
 * @category Entities and migrations
 */
export const ossCallbackMigrations = [CreateOssCallbackTables1763683200000];
