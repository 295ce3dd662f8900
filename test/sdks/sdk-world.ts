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
import type { OssSimulator } from '../../src/simulator/index.js';
import { startOss, startTestApp, type TestApp } from '../support/test-app.js';

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
export async function startSdkApp(
  options: Partial<OssCallbackOptions> = {},
): Promise<TestApp & { oss: OssSimulator }> {
  const oss = await startOss({ defaultBucket: BUCKETS.main });
  const region = 'cn-hangzhou';
  const world = await startTestApp({
    oss,
    controllers: [AlbumController],
    options: {
      buckets: {
        main: { bucket: BUCKETS.main, region },
        withRole: { bucket: BUCKETS.withRole, region, sts: { roleArn: ROLE } },
      },
      ...options,
    },
  });
  return {
    ...world,
    stop: async () => {
      await world.stop();
      await oss.stop();
    },
  };
}

/** The part of a request that brings variables along. */
export const album = () => ({
  callback: 'album',
  variables: Object.assign(new AlbumVariables(), VARIABLES),
});
