import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Post,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import {
  CallbackVariables,
  CompletedUpload,
  CustomVariablesDto,
  OssCallbackGuard,
  OssUpload,
  SystemVariables,
  SystemVariablesDto,
} from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { TICKET_SECRET, useTestApp } from '../support/test-app.js';

class AlbumVariables extends CustomVariablesDto {
  @IsInt()
  albumId!: number;
}

class OwnDto {
  @IsString()
  bucket!: string;

  @Type(() => Number)
  @IsInt()
  size!: number;
}

@Controller('guarded')
@UseGuards(OssCallbackGuard)
class GuardedController {
  @Post('variables')
  @HttpCode(200)
  variables(
    @SystemVariables() system: SystemVariablesDto,
    @CallbackVariables() variables: AlbumVariables,
    @Headers('content-type') type: string,
  ) {
    return {
      object: system.object,
      albumId: variables.albumId,
      classes: [system instanceof SystemVariablesDto, variables instanceof AlbumVariables],
      type,
    };
  }

  @Post('body')
  @HttpCode(200)
  body(@Body() body: unknown) {
    return body;
  }

  @Post('dto')
  @HttpCode(200)
  dto(@Body(new ValidationPipe({ transform: true, whitelist: true })) body: OwnDto) {
    return body;
  }

  @Post('upload')
  upload(@CompletedUpload() upload: OssUpload) {
    return upload;
  }
}

const variants = [
  ['as Nest sets it up', {}],
  ['with rawBody: true', { rawBody: true }],
  ['with bodyParser: false', { bodyParser: false }],
] as const;

describe.each(platforms)('OssCallbackGuard alone on %s', (platform) => {
  describe.each(variants)('%s', (_name, host) => {
    const world = useTestApp({
      platform,
      host,
      controllers: [GuardedController],
      signsCallbacks: true,
      options: {
        callback: { url: 'http://127.0.0.1:1/elsewhere' },
        tickets: { secrets: [TICKET_SECRET], required: false },
      },
    });

    it('gives the variables of OSS and of the app, and what OSS sent as its type', async () => {
      const { body, object } = await authoriseBody(
        world,
        { 'x:album_id': '7' },
        { variables: { albumId: 7 }, target: '/guarded/variables' },
      );
      const response = await sendCallback(world, { target: '/guarded/variables', body });
      expect([response.status, response.json()]).toEqual([
        200,
        {
          object,
          albumId: 7,
          classes: [true, true],
          type: 'application/x-www-form-urlencoded',
        },
      ]);
    });

    it('gives a form as names and texts under @Body()', async () => {
      const response = await sendCallback(world, {
        target: '/guarded/body',
        body: 'bucket=uploads&object=a%2Fb%20c.txt&size=5&x%3Aowner=%E4%B8%AD&__proto__=x',
      });
      expect(response.body.toString()).toBe(
        '{"bucket":"uploads","object":"a/b c.txt","size":"5","x:owner":"中","__proto__":"x"}',
      );
    });

    it('gives JSON as it is under @Body(), without rounding crc64', async () => {
      const response = await sendCallback(world, {
        target: '/guarded/body',
        contentType: 'application/json',
        body: '{"bucket":"uploads","object":"a.txt","size":5,"crc64":11051210869376104954,"tags":["a"],"none":null}',
      });
      expect(response.json()).toEqual({
        bucket: 'uploads',
        object: 'a.txt',
        size: 5,
        crc64: '11051210869376104954',
        tags: ['a'],
        none: null,
      });
    });

    it('gives JSON in which OSS left out a value', async () => {
      const response = await sendCallback(world, {
        target: '/guarded/body',
        contentType: 'application/json',
        body: '{"bucket":"uploads","object":"a.txt","imageInfo.width":,"size":5}',
      });
      expect(response.json()).toEqual({
        bucket: 'uploads',
        object: 'a.txt',
        'imageInfo.width': null,
        size: '5',
      });
    });

    it('fits a DTO and pipe of the app', async () => {
      const response = await sendCallback(world, {
        target: '/guarded/dto',
        body: 'bucket=uploads&object=a.txt&size=5',
      });
      expect(response.json()).toEqual({ bucket: 'uploads', size: 5 });
    });

    it('says that there is no completed upload, and records nothing', async () => {
      const target = '/guarded/upload';
      const { body, uploadId } = await authoriseBody(world, {}, { target });
      const response = await sendCallback(world, { target, body });
      expect([response.status, response.json()]).toEqual([
        500,
        { code: 'COMPLETED_UPLOAD_UNAVAILABLE', message: 'No completed upload is available here.' },
      ]);
      expect(await world.audit.get(uploadId)).toBeNull();
    });

    it('refuses by code, through the app’s own filters', async () => {
      const send = (callback: Parameters<typeof sendCallback>[1]) =>
        sendCallback(world, { target: '/guarded/body', ...callback });
      const answers = await Promise.all([
        send({ body: 'bucket=uploads', headers: { authorization: undefined } }),
        send({ body: '{"bucket":', contentType: 'application/json' }),
        send({
          body: '{"bucket":',
          contentType: 'application/json',
          headers: { authorization: 'x' },
        }),
        send({ body: 'bucket=other&object=a' }),
        send({ body: 'a'.repeat(70_000) }),
      ]);
      expect(
        answers.map((answer) => [answer.status, (answer.json() as { code: string }).code]),
      ).toEqual([
        [401, 'SIGNATURE_MISSING'],
        [400, 'MALFORMED_BODY'],
        [403, 'SIGNATURE_INVALID'],
        [403, 'BUCKET_UNKNOWN'],
        [413, 'BODY_TOO_LARGE'],
      ]);
    });
  });
});
