import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateStoredFiles1763700000000 implements MigrationInterface {
  name = 'CreateStoredFiles1763700000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE stored_files (
      id uuid PRIMARY KEY,
      owner text NOT NULL,
      name text NOT NULL,
      key text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE stored_files');
  }
}
