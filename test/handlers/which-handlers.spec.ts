import { Injectable, Module, Scope } from '@nestjs/common';
import { IsInt } from 'class-validator';
import type { EntityManager } from 'typeorm';
import { describe, expect, it } from 'vitest';
import {
  CustomVariablesDto,
  OnUploadCompleted,
  OssUpload,
  type UploadRequest,
} from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import {
  startTestApp,
  useTestApp,
  type TestAppOptions,
  startAppForTest,
} from '../support/test-app.js';
import { Wrapped } from '../support/wrapped.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect } from './effects.js';

class AlbumVariables extends CustomVariablesDto {
  @IsInt()
  albumId!: number;
}

@Injectable()
class Filtered {
  @OnUploadCompleted({ bucket: 'main' })
  ofBucket(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'bucket');
  }
  @OnUploadCompleted({ bucket: 'videos' })
  ofOtherBucket(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'other bucket');
  }
  @OnUploadCompleted({ objectPrefix: 'avatars/' })
  ofPrefix(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'prefix');
  }
  @OnUploadCompleted({ object: /\.png$/g })
  ofPattern(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'pattern');
  }
  @OnUploadCompleted({ owner: 'user-1' })
  ofOwner(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'owner');
  }
  @OnUploadCompleted({ variables: AlbumVariables })
  ofVariables(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'variables');
  }
  @OnUploadCompleted({ owner: 'user-1', objectPrefix: 'avatars/' })
  ofBoth(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'owner and prefix');
  }
}

/** Known to Nest under a second token, and by a factory. */
const MadeByFactory = Symbol('MadeByFactory');
class Made {
  @OnUploadCompleted({ objectPrefix: 'made/' })
  handle(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'made by a factory');
  }
}

@Injectable()
class WithWrapper {
  @Wrapped()
  @OnUploadCompleted({ objectPrefix: 'wrapped/' })
  handle(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'wrapped');
  }
}

class Base {
  @OnUploadCompleted({ objectPrefix: 'overridden/' })
  handle(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'of the base class');
  }
}

@Injectable()
class Overriding extends Base {
  override handle(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'of the subclass');
  }
}

class GivenAsValue {
  @OnUploadCompleted({ objectPrefix: 'value/' })
  handle(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'given as a value');
  }
}

@Injectable()
class Stacked {
  @OnUploadCompleted({ objectPrefix: 'stacked/one' })
  @OnUploadCompleted({ objectPrefix: 'stacked/' })
  handle(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'stacked');
  }
}

const buckets = {
  main: { bucket: 'uploads', region: 'cn-hangzhou' },
  videos: { bucket: 'videos', region: 'cn-hangzhou' },
};

describe('a handler with a filter', () => {
  const app = useTestApp({
    createDatabase: createDatabaseWithEffects,
    providers: [
      Filtered,
      { provide: 'Alias', useExisting: Filtered },
      { provide: MadeByFactory, useFactory: () => new Made() },
      { provide: 'Value', useValue: new GivenAsValue() },
      WithWrapper,
      Overriding,
      Stacked,
    ],
    options: { buckets },
    signsCallbacks: true,
  });

  it.each<[string, Partial<UploadRequest>, string[]]>([
    ['by bucket', { object: 'a.txt' }, ['bucket']],
    ['by the beginning of the key', { object: 'avatars/1' }, ['bucket', 'prefix']],
    ['by a pattern', { object: '1.png' }, ['bucket', 'pattern']],
    ['by a pattern, each time', { object: '2.png' }, ['bucket', 'pattern']],
    ['by owner', { object: 'b.txt', owner: 'user-1' }, ['bucket', 'owner']],
    [
      'by several',
      { object: 'avatars/2', owner: 'user-1' },
      ['bucket', 'owner', 'owner and prefix', 'prefix'],
    ],
    [
      'by variables',
      { object: 'c.txt', variables: Object.assign(new AlbumVariables(), { albumId: 7 }) },
      ['bucket', 'variables'],
    ],
    ['of a provider that a factory made', { object: 'made/1' }, ['bucket', 'made by a factory']],
    ['of an instance given as a value', { object: 'value/1' }, ['bucket', 'given as a value']],
    ['of a method that a decorator wraps', { object: 'wrapped/1' }, ['bucket', 'wrapped']],
    ['of a subclass', { object: 'overridden/1' }, ['bucket', 'of the subclass']],
    ['with two decorators, for either, once', { object: 'stacked/one' }, ['bucket', 'stacked']],
    ['with two decorators, for the other', { object: 'stacked/two' }, ['bucket', 'stacked']],
  ])('runs for the uploads it is for: %s', async (_what, request, expected) => {
    const facts = { object: request.object!, ...(request.variables && { 'x:album_id': '7' }) };
    const callback = await authoriseBody(app, facts, request);
    expect((await sendCallback(app, callback)).status).toBe(200);
    expect(await effectsOf(app.dataSource, callback.uploadId)).toEqual(expected);
  });

  it('of another upload does not keep one from being completed at once', async () => {
    const request = { bucket: 'videos', object: 'd.bin' };
    const callback = await authoriseBody(app, { ...request }, request);
    expect((await sendCallback(app, callback)).status).toBe(200);
    expect(await effectsOf(app.dataSource, callback.uploadId)).toEqual(['other bucket']);
  });
});

@Injectable({ scope: Scope.REQUEST })
class RequestScoped {
  @OnUploadCompleted()
  handle() {}
}

@Injectable()
class DependsOnRequest {
  constructor(readonly scoped: RequestScoped) {}
  @OnUploadCompleted()
  handle() {}
}
Reflect.defineMetadata('design:paramtypes', [RequestScoped], DependsOnRequest);

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  @OnUploadCompleted()
  handle() {}
}

@Injectable()
class Misspelt {
  @OnUploadCompleted({ bucket: 'vidoes' })
  handle() {}
}

@Injectable()
class Twice {
  @OnUploadCompleted()
  handle() {}
}

describe('an app does not start', () => {
  it.each<[string, NonNullable<TestAppOptions['providers']>, RegExp]>([
    ['where a handler is request-scoped', [RequestScoped], /RequestScoped\.handle.*singletons/],
    [
      'where a handler depends on a request',
      [RequestScoped, DependsOnRequest],
      /(RequestScoped|DependsOnRequest)\.handle.*singletons/,
    ],
    ['where a handler is transient', [Transient], /Transient\.handle.*singletons/],
    ['where a filter names no bucket', [Misspelt], /"vidoes".*main, videos/],
    [
      'where a handler would run twice, since Nest makes its class twice',
      [Twice, { provide: 'again', useClass: Twice }],
      /Twice\.handle has @OnUploadCompleted, but Nest creates its class twice/,
    ],
  ])('%s', async (_what, providers, message) => {
    await expect(startTestApp({ providers, options: { buckets } })).rejects.toThrow(message);
  });

  it('where two modules provide the class of a handler, and says which', async () => {
    @Module({ providers: [Twice] })
    class AvatarsModule {}
    @Module({ providers: [Twice] })
    class AlbumsModule {}
    await expect(startTestApp({ imports: [AvatarsModule, AlbumsModule] })).rejects.toThrow(
      /Twice\.handle .* creates its class twice, in AvatarsModule and in AlbumsModule,/,
    );
  });

  it('except where what is request-scoped has no handler', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Harmless {}
    @Module({ providers: [Harmless] })
    class Other {}
    await startAppForTest({ imports: [Other] });
  });
});
