import { BadRequestException, Body, Controller, Get, Post } from '@nestjs/common';
import {
  CallbackVariables,
  CompletedUpload,
  OssCallback,
  OssUpload,
  OssUploadAudit,
  OssUploadService,
} from 'nestjs-oss-callback';
import { FileVariables } from './file-variables.dto.js';

const MAX_SIZE_BYTES = 100 * 1024 * 1024;
/** Stands for the user of your app's session: the owner is never taken from a request. */
const SIGNED_IN_USER = 'sample-user';

@Controller()
export class UploadsController {
  constructor(
    private readonly uploads: OssUploadService,
    private readonly audit: OssUploadAudit,
  ) {}

  /** For browsers: a signed form. */
  @Post('uploads/form')
  authorizeForm(@Body() file: { name?: unknown }) {
    return this.uploads.authorizePostObject(this.requestFor(file));
  }

  /** For clients that send the file as the body: a presigned PUT. */
  @Post('uploads/put')
  authorizePut(@Body() file: { name?: unknown; type?: unknown }) {
    const contentType = typeof file?.type === 'string' ? file.type : undefined;
    return this.uploads.authorizePutObject({ ...this.requestFor(file), contentType });
  }

  /** OSS calls this; what it returns is what the uploader gets. */
  @OssCallback('oss/callback')
  onUpload(@CompletedUpload() upload: OssUpload, @CallbackVariables() variables: FileVariables) {
    return { id: upload.id, key: upload.object, name: variables.originalName, size: upload.size };
  }

  @Get('uploads')
  async list() {
    const { uploads } = await this.audit.find({ owner: SIGNED_IN_USER });
    return uploads;
  }

  private requestFor(file: { name?: unknown } | undefined) {
    if (typeof file?.name !== 'string' || file.name === '' || file.name.length > 200) {
      throw new BadRequestException('Send { "name": "…" } with 1 to 200 characters');
    }
    const variables = Object.assign(new FileVariables(), { originalName: file.name });
    return {
      objectPrefix: `${SIGNED_IN_USER}/`,
      maxSizeBytes: MAX_SIZE_BYTES,
      owner: SIGNED_IN_USER,
      variables,
    };
  }
}
