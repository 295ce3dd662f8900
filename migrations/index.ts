import { CreateOssCallbackTables1763683200000 } from './1763683200000-create-oss-callback-tables.js';

/** In the order in which they run. */
export const ossCallbackMigrations = [CreateOssCallbackTables1763683200000];
