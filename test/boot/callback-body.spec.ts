import { Controller } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import {
  CallbackVariables,
  CustomVariablesDto,
  OssCallback,
  type OssCallbackOptions,
} from '../../src/index.js';
import { useDatabase } from '../support/test-app.js';
import { boot, failureOf, OssController } from './boot-app.js';

class AlbumVariables extends CustomVariablesDto {
  @IsString() albumId!: string;
  @IsOptional() @IsString() app?: string;
}

@Controller('albums')
class AlbumController {
  @OssCallback('callback', { name: 'albums' })
  answer(@CallbackVariables() _variables: AlbumVariables) {}
}

type Callback = NonNullable<OssCallbackOptions['callback']>;

const JSON_TYPE = { bodyType: 'application/json' } as const;

const database = useDatabase();
const controllers = [OssController, AlbumController];
const start = (callback: Callback) =>
  boot({ databaseUrl: database.url, controllers, options: { callback } });

describe('the start stops with a body that no callback route would understand', () => {
  it.each<[what: string, callback: Callback, tells: string]>([
    [
      'two names for one variable',
      { body: 'filename=${object}&key=${object}' },
      'option "callback.body" breaks every callback: two names in the body stand for the variable "object".',
    ],
    [
      'a number that is none',
      { body: 'width=${imageInfo.width}px' },
      'option "callback.body" breaks every callback: imageWidth must',
    ],
    [
      'a number that is none for what is no picture',
      { ...JSON_TYPE, body: '{"height":"0${imageInfo.height}x"}' },
      'option "callback.body" breaks every callback: imageHeight must',
    ],
    [
      'a constant under the name of a variable',
      { body: 'object=${object}&size=1' },
      'option "callback.body" breaks every callback: its size is not ${size}.',
    ],
    [
      'quotes that OSS does not remove',
      { body: 'mimeType="${mimeType}"' },
      'option "callback.body" breaks every callback: its mimeType is not ${mimeType}.',
    ],
    [
      'text behind the object of JSON',
      { ...JSON_TYPE, body: '{"size":${size}} // as {it} is' },
      'option "callback.body"',
    ],
    [
      'a constant under a name for variables',
      { body: 'x:app=shop' },
      'option "callback.body" gives the name "x:app" another meaning. Use another name.',
    ],
    [
      'the name of the ticket',
      { body: 'x:ticket=${x:ticket}' },
      'option "callback.body" gives the name "x:ticket" another meaning. Use another name.',
    ],
    [
      'a constant under the name of a route’s variable',
      { body: 'object=${object}&app=shop' },
      'option "callback.body" breaks each callback with the variables of AlbumVariables: two names in the body stand for the variable "app".',
    ],
    [
      'another meaning of a name',
      { names: { object: 'x:key' } },
      'option "callback.names" breaks every callback: its object is not ${object}.',
    ],
    [
      'two names of that meaning',
      { names: { etag: 'size' } },
      'option "callback.names" breaks every callback: two names in the body stand for the variable "size".',
    ],
  ])('%s', async (_what, callback, tells) => {
    expect(await failureOf(start(callback))).toContain(tells);
  });

  it.each<[what: string, callback: Callback]>([
    ['every variable by its own name', {}],
    ['the same in JSON', JSON_TYPE],
    ['names of the app', { body: 'key=${object}&hash=${etag}&bytes=${size}&w=${imageInfo.width}' }],
    [
      'the vendor’s names',
      {
        body: 'filename=${object}&size=${size}&mimeType=${mimeType}&height=${imageInfo.height}&width=${imageInfo.width}',
      },
    ],
    ['a form that is sent as JSON', { ...JSON_TYPE, body: 'filename=${object}&size=${size}' }],
    [
      'nested JSON',
      {
        ...JSON_TYPE,
        body: '{"file":{"key":${object}},"at":"${imageInfo.width},${imageInfo.height}"}',
      },
    ],
    ['numbers without quotes', { ...JSON_TYPE, body: '{"w":${imageInfo.width},"vpc":${vpcId}}' }],
    ['quotes around the ETag', { body: 'etag="${etag}"' }],
    ['variables under other names', { body: 'album=${x:album_id}&app=${x:app}' }],
    ['one variable under the name of another', { body: 'mimeType=${reqId}&reqId=${mimeType}' }],
    ['a constant', { body: 'object=${object}&source=shop' }],
    ['names of templates that others bring', { names: { uid: 'x:user_id', key: 'object' } }],
  ])('and not with %s', async (_what, callback) => {
    await start(callback);
  });
});
