import { DefaultNamingStrategy } from 'typeorm';

/** As hosts write it to have `created_at` for `createdAt`. */
export class SnakeCaseNaming extends DefaultNamingStrategy {
  override tableName(className: string, customName?: string): string {
    return customName ?? snakeCase(className);
  }

  override columnName(property: string, customName: string, prefixes: string[]): string {
    return snakeCase([...prefixes, customName || property].join('_'));
  }
}

/** Rules of a house that names everything otherwise: no name of the entities survives. */
export class HouseRulesNaming extends DefaultNamingStrategy {
  override tableName(className: string, customName?: string): string {
    return `T_${(customName ?? className).toUpperCase()}`;
  }

  override columnName(property: string, customName: string, prefixes: string[]): string {
    return `c_${super.columnName(property, customName, prefixes)}`;
  }

  override primaryKeyName(table: Parameters<DefaultNamingStrategy['primaryKeyName']>[0]): string {
    return `pk_${this.getTableName(table).toLowerCase()}`;
  }

  override indexName(
    table: Parameters<DefaultNamingStrategy['indexName']>[0],
    columns: string[],
  ): string {
    return `ix_${this.getTableName(table).toLowerCase()}_${columns.join('_')}`;
  }
}

function snakeCase(text: string): string {
  return text.replace(/[a-z0-9](?=[A-Z])/g, '$&_').toLowerCase();
}
