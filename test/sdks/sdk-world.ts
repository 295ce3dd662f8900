import { Controller } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import {
  CallbackVariables,
  CompletedUpload,
  CustomVariablesDto,
  OssCallback,
  type OssCallbackOptions,
  OssUpload,
} from '../../src/index.js';
import { startOss, startTestApp, type TestApp } from '../support/test-app.js';
import { beforeAll, vi } from 'vitest';
import { useWorld } from '../support/test-app.js';

export class AlbumVariables extends CustomVariablesDto {
  @IsInt() albumId!: number;
  @IsString() caption!: string;
}

export const VARIABLES = { albumId: 7, caption: '海边 "7" & \\n' };
export const ROLE = 'acs:ram::1234567890123456:role/uploader';
export const BUCKETS = { main: 'uploads', withRole: 'temporary-uploads' } as const;

@Controller()
class AlbumController {
  /** How often the next callbacks fail. */
  static failing = 0;

  @OssCallback('oss/callback')
  plain(@CompletedUpload() { id }: OssUpload) {
    return { id };
  }

  @OssCallback('oss/album', { name: 'album' })
  answer(
    @CompletedUpload() upload: OssUpload,
    @CallbackVariables() { albumId, caption }: AlbumVariables,
  ) {
    if (AlbumController.failing > 0) {
      AlbumController.failing -= 1;
      throw new Error('no answer this time');
    }
    return { id: upload.id, object: upload.object, size: upload.size, albumId, caption };
  }
}

/** The app answers the next callbacks with an error. */
export function failNextCallback(): void {
  AlbumController.failing += 1;
}

/** An app with two buckets: uploaders to the second get temporary credentials. */
export function startSdkApp(options: Partial<OssCallbackOptions> = {}): Promise<TestApp> {
  const region = 'cn-hangzhou';
  return startTestApp({
    createOss: () => startOss({ defaultBucket: BUCKETS.main }),
    controllers: [AlbumController],
    options: {
      buckets: {
        main: { bucket: BUCKETS.main, region },
        withRole: { bucket: BUCKETS.withRole, region, sts: { roleArn: ROLE } },
      },
      ...options,
    },
  });
}

/** As {@link startSdkApp}, for the tests of a block. */
export function useSdkApp() {
  // ali-oss recommends renewing tokens
  beforeAll(() => void vi.spyOn(console, 'warn').mockReturnValue());
  return useWorld(() => startSdkApp());
}

/** The part of a request that brings variables along. */
export const album = () => ({
  callback: 'album',
  variables: Object.assign(new AlbumVariables(), VARIABLES),
});
