import { type CanActivate, Controller, type ExecutionContext, Injectable } from '@nestjs/common';
import { IsIn, IsInt, IsOptional } from 'class-validator';
import {
  CallbackVariables,
  CompletedUpload,
  createOssUploadController,
  CustomVariablesDto,
  OssCallback,
  OssUpload,
  refuseUpload,
} from '../../src/index.js';

export interface UserRequest {
  headers: Record<string, string | undefined>;
}

/** Stands for a host's session: the header `user` names who is signed in. */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<UserRequest>().headers.user !== undefined;
  }
}

export class FolderWishes {
  @IsIn(['album', 'attic', 'closed'])
  @IsOptional()
  folder?: 'album' | 'attic' | 'closed';
}

export class PhotoVariables extends CustomVariablesDto {
  @IsInt()
  @IsOptional()
  albumId?: number;
}

@Controller()
export class PhotosController {
  @OssCallback('oss/photos', { name: 'photos' })
  photoUploaded(
    @CompletedUpload() upload: OssUpload,
    @CallbackVariables() { albumId }: PhotoVariables,
  ) {
    return { key: upload.object, albumId };
  }

  @OssCallback('oss/others')
  otherUploaded(): void {}
}

export const UploadController = createOssUploadController({
  path: 'photos/uploads',
  guards: [SessionGuard],
  ownerOf: ({ headers }: UserRequest) => headers.user!,
  wishes: FolderWishes,
  variables: PhotoVariables,
  callback: { controller: PhotosController, method: 'photoUploaded' },
  multipartAboveBytes: 200_000,
  authorize: ({ file, wishes: { folder = 'album' } }, { headers }: UserRequest) =>
    folder === 'closed'
      ? refuseUpload('folder-closed', 'This folder takes no more files.')
      : {
          object: `${folder}/${headers.user}/${file.name}`,
          maxSizeBytes: 1_000_000,
          minSizeBytes: 1,
          contentTypes: ['image/*', 'text/plain'],
          partSizeBytes: 102_400,
        },
});
