import { Injectable } from '@nestjs/common';
import { OnUploadCompleted, type OssUpload } from 'nestjs-oss-callback';
import { DataSource, type EntityManager } from 'typeorm';
import { FileVariables } from '../uploads/file-variables.dto.js';
import { StoredFile } from './stored-file.entity.js';

@Injectable()
export class FilesService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs once per upload, also where its callback got lost and reconciliation found it. What is written through `manager`
   * commits together with the upload's change to `completed`.
   */
  @OnUploadCompleted({ variables: FileVariables })
  async addFile(upload: OssUpload, manager: EntityManager): Promise<void> {
    await manager.insert(StoredFile, {
      id: upload.id,
      owner: upload.owner!,
      name: upload.variables.originalName!,
      key: upload.object,
    });
  }

  find(owner: string, id: string): Promise<StoredFile | null> {
    return this.dataSource.manager.findOneBy(StoredFile, { owner, id });
  }
}
