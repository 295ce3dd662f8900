import {
  BadRequestException,
  Body,
  Controller,
  Post,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import {
  CallbackVariables,
  CompletedUpload,
  OssCallback,
  OssUpload,
  OssUploadService,
} from 'nestjs-oss-callback';
import { CurrentUser } from '../session/current-user.decorator.js';
import { SessionGuard } from '../session/session.guard.js';
import { AuthorisationLimitGuard } from './authorisation-limit.guard.js';
import { FileVariables } from './file-variables.dto.js';
import { MAX_SIZE_BYTES, UploadWish } from './upload-wish.dto.js';

const validation = new ValidationPipe({ transform: true, whitelist: true });

@Controller()
export class UploadsController {
  constructor(private readonly uploads: OssUploadService) {}

  /** A signed form. */
  @Post('uploads/form')
  @UseGuards(SessionGuard, AuthorisationLimitGuard)
  authorizeForm(@CurrentUser() user: string, @Body(validation) wish: UploadWish) {
    return this.uploads.authorizePostObject(requestFor(user, wish));
  }

  /** A presigned PUT, with the file as its body. */
  @Post('uploads/put')
  @UseGuards(SessionGuard, AuthorisationLimitGuard)
  authorizePut(@CurrentUser() user: string, @Body(validation) wish: UploadWish) {
    return this.uploads.authorizePutObject(requestFor(user, wish));
  }

  /** Presigned parts, for large files. */
  @Post('uploads/multipart')
  @UseGuards(SessionGuard, AuthorisationLimitGuard)
  authorizeMultipart(@CurrentUser() user: string, @Body(validation) wish: UploadWish) {
    const sizeBytes = wish.size;
    if (!sizeBytes) throw new BadRequestException('Send the size of the file, in bytes');
    return this.uploads.authorizeMultipart({ ...requestFor(user, wish), sizeBytes });
  }

  /** OSS calls this; what it returns is what the uploader gets. Effects belong into `FilesService`. */
  @OssCallback('oss/callback')
  onUpload(@CompletedUpload() upload: OssUpload, @CallbackVariables() variables: FileVariables) {
    return { id: upload.id, key: upload.object, name: variables.originalName, size: upload.size };
  }
}

function requestFor(user: string, { name, type }: UploadWish) {
  return {
    objectPrefix: `${user}/`,
    maxSizeBytes: MAX_SIZE_BYTES,
    contentType: type,
    owner: user,
    variables: Object.assign(new FileVariables(), { originalName: name }),
  };
}
