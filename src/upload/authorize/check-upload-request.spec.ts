import 'reflect-metadata';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { CustomVariablesDto } from '../../variables/custom-variables.dto.js';
import { checkUploadRequest } from './check-upload-request.js';
import type { UploadRequest } from '../upload-request.js';

class AlbumVariables extends CustomVariablesDto {
  @IsInt() albumId!: number;
  @IsOptional() @IsString() title?: string;
}

const id = '01920000-0000-7000-8000-000000000000';
const check = (request: UploadRequest) => checkUploadRequest(request, id, 900);
const variables = (values: object) => Object.assign(new AlbumVariables(), values);

describe('checkUploadRequest', () => {
  it('fills in what was left out', () => {
    expect(check({ object: 'a.png' })).toEqual({
      object: 'a.png',
      minSizeBytes: 0,
      maxSizeBytes: undefined,
      contentTypes: [],
      contentType: undefined,
      owner: undefined,
      variables: {},
      expiresInSeconds: 900,
      overwrite: false,
    });
  });

  it('takes everything that can be asked for', () => {
    expect(
      check({
        objectPrefix: 'avatars/',
        minSizeBytes: 1,
        maxSizeBytes: 1,
        contentTypes: [' Image/PNG', 'video/*'],
        contentType: ' image/png; charset=utf-8 ',
        owner: '文'.repeat(42),
        variables: variables({ albumId: 7, title: '' }),
        expiresInSeconds: 604_800,
        overwrite: true,
      }),
    ).toEqual({
      object: `avatars/${id}`,
      minSizeBytes: 1,
      maxSizeBytes: 1,
      contentTypes: ['image/png', 'video/*'],
      contentType: 'image/png; charset=utf-8',
      owner: '文'.repeat(42),
      variables: { albumId: '7' },
      expiresInSeconds: 604_800,
      overwrite: true,
    });
  });

  it('names the only type that is allowed', () => {
    expect(check({ object: 'a', contentTypes: ['Image/PNG'] }).contentType).toBe('image/png');
    expect(check({ object: 'a', contentTypes: ['image/*'] }).contentType).toBeUndefined();
  });

  it.each(['a', 'a/b//c/', '文 😀+&%"\\', 'a..b/...', 'x'.repeat(1_023)])(
    'takes the key %s',
    (object) => {
      expect(check({ object }).object).toBe(object);
    },
  );

  it.each<[string, Partial<UploadRequest>]>([
    ['object', {}],
    ['object', { object: 'a', objectPrefix: 'b' }],
    ['object', { object: '' }],
    ['object', { object: '/a' }],
    ['object', { object: '\\a' }],
    ['object', { object: 'a/../b' }],
    ['object', { object: '.' }],
    ['object', { object: 'a\0' }],
    ['object', { object: '\ud83d' }],
    ['object', { object: '文'.repeat(342) }],
    ['objectPrefix', { objectPrefix: '/a' }],
    ['objectPrefix', { objectPrefix: 'x'.repeat(1_000) }],
    ['minSizeBytes', { object: 'a', minSizeBytes: -1 }],
    ['minSizeBytes', { object: 'a', minSizeBytes: 0.5 }],
    ['maxSizeBytes', { object: 'a', maxSizeBytes: NaN }],
    ['maxSizeBytes', { object: 'a', maxSizeBytes: 2 ** 53 }],
    ['maxSizeBytes', { object: 'a', minSizeBytes: 2, maxSizeBytes: 1 }],
    ['contentTypes', { object: 'a', contentTypes: ['png'] }],
    ['contentTypes', { object: 'a', contentTypes: ['*/*'] }],
    ['contentTypes', { object: 'a', contentTypes: ['image/png; charset=utf-8'] }],
    ['contentTypes', { object: 'a', contentTypes: [1 as unknown as string] }],
    ['contentTypes', { object: 'a', contentTypes: ['image/'] }],
    ['contentTypes', { object: 'a', contentTypes: ['image/png,text/html'] }],
    ['contentTypes', { object: 'a', contentTypes: ['image/png', ''] }],
    ['contentType', { object: 'a', contentType: 'png' }],
    ['contentType', { object: 'a', contentType: 'image/' }],
    ['contentType', { object: 'a', contentType: 'image/png,text/html' }],
    ['contentType', { object: 'a', contentType: 'image/png text/html' }],
    ['contentType', { object: 'a', contentType: 'image/png; a="b", text/html' }],
    ['contentType', { object: 'a', contentType: `image/png;a=${'x'.repeat(256)}` }],
    ['contentType', { object: 'a', contentType: 'image/*', contentTypes: ['image/*'] }],
    ['contentType', { object: 'a', contentType: 'image/png\r\nx: y' }],
    ['contentType', { object: 'a', contentType: 'image/gif', contentTypes: ['image/png'] }],
    ['owner', { object: 'a', owner: 'x'.repeat(129) }],
    ['owner', { object: 'a', owner: '文'.repeat(43) }],
    ['owner', { object: 'a', owner: 'a\0' }],
    ['owner', { object: 'a', owner: '\ud83d' }],
    ['expiresInSeconds', { object: 'a', expiresInSeconds: 0 }],
    ['expiresInSeconds', { object: 'a', expiresInSeconds: 604_801 }],
    ['expiresInSeconds', { object: 'a', expiresInSeconds: 1.5 }],
    ['variables', { object: 'a', variables: variables({ albumId: 1.5 }) }],
    ['variables', { object: 'a', variables: variables({}) }],
    ['variables', { object: 'a', variables: variables({ albumId: 7, user_id: 'x' }) }],
    ['variables', { object: 'a', variables: variables({ albumId: 7, ticket: 'x' }) }],
    ['variables', { object: 'a', variables: variables({ albumId: 7, title: 'a\0' }) }],
  ])('refuses, and names "%s": %j', (field, request) => {
    expect(() => check(request)).toThrow(
      expect.objectContaining({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringMatching(new RegExp(`^The upload's "${field}" `)),
      }),
    );
  });

  it('refuses variables that the callback would refuse, though they are valid now', () => {
    class Notes extends CustomVariablesDto {
      @IsString() note!: string;
    }
    class Pages extends CustomVariablesDto {
      @IsInt() pages!: number | string;
    }
    for (const given of [
      Object.assign(new Notes(), { note: '' }), // an empty value does not come back
      Object.assign(new Pages(), { pages: 7 }), // nothing says that this text is a number
    ]) {
      expect(() => check({ object: 'a', variables: given })).toThrow(
        /^The upload's "variables" would not be valid in the callback: /,
      );
    }
  });
});
