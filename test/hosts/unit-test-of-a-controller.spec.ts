import { Controller, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { CompletedUpload, OssCallback, OssUpload, OssUploadService } from '../../src/index.js';

@Controller('avatars')
class AvatarsController {
  constructor(private readonly uploads: OssUploadService) {}

  @Post()
  authorize() {
    return this.uploads.authorizePostObject({ objectPrefix: 'avatars/' });
  }

  @OssCallback('oss-callback')
  onUpload(@CompletedUpload() { object }: OssUpload) {
    return { object };
  }
}

it("a controller's unit test needs nothing of this package but the service that it injects", async () => {
  const form = { uploadId: 'an id', url: 'https://oss.example', fields: {}, expiresAt: new Date() };
  const testing = await Test.createTestingModule({
    controllers: [AvatarsController],
    providers: [{ provide: OssUploadService, useValue: { authorizePostObject: async () => form } }],
  }).compile();
  const controller = testing.get(AvatarsController);
  expect(await controller.authorize()).toBe(form);
  const upload = Object.assign(new OssUpload(), { object: 'avatars/1.png' });
  expect(controller.onUpload(upload)).toEqual({ object: 'avatars/1.png' });
});
