import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A table of the app's own: the files that its users have. */
@Entity('stored_files')
export class StoredFile {
  /** That of the upload. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  owner!: string;

  @Column('text')
  name!: string;

  @Column('text')
  key!: string;

  @Column('timestamp with time zone', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
