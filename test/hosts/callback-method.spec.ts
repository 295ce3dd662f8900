import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Req,
  SetMetadata,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { CompletedUpload, OssCallback, OssUpload, SystemVariables } from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { type TestApp, useTestApp } from '../support/test-app.js';

let seen: Record<string, unknown> = {};

@Injectable()
class MetadataGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    seen = {
      name: handler.name,
      above: this.reflector.get<string>('above', handler),
      below: this.reflector.get<string>('below', handler),
    };
    return true;
  }
}

const wrapping: NestInterceptor = {
  intercept: (_context, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
};

/** What libraries put around methods: with all arguments, or with those that they know. */
function Around(before: (args: unknown[]) => unknown[]): MethodDecorator {
  return (_target, _name, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as (...args: unknown[]) => unknown;
    const around = function (this: unknown, ...args: unknown[]) {
      return method.apply(this, before(args));
    };
    for (const key of Reflect.getMetadataKeys(method)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), around);
    }
    descriptor.value = around;
  };
}

const Traced = () =>
  Around((args) => {
    seen.traced = true;
    return args;
  });
const Forgetful = () => Around(([first]) => [first]);

class BaseController {
  readonly greeting: string = 'from the base';

  @OssCallback('inherited', { name: 'inherited' })
  inherited(@CompletedUpload() upload: OssUpload) {
    return { greeting: this.greeting, object: upload.object };
  }

  @OssCallback('overridden', { name: 'overridden in the base' })
  overridden(@CompletedUpload() upload: OssUpload): object {
    return { object: upload.object };
  }

  @OssCallback('extended', { name: 'extended in the base' })
  extended(@CompletedUpload() upload: OssUpload, ...others: unknown[]): object {
    return { object: upload.object, others };
  }
}

@Controller()
class CallbackController extends BaseController {
  override readonly greeting: string = 'from the app';

  @SetMetadata('above', 'seen')
  @UseGuards(MetadataGuard)
  @Traced()
  @OssCallback('oss/callback')
  @SetMetadata('below', 'seen')
  @UseInterceptors(wrapping)
  answer(
    @Req() request: { url: string },
    @CompletedUpload() upload: OssUpload,
    @SystemVariables() { object }: { object: string },
  ) {
    return { url: request.url, id: upload.id, object };
  }

  @Forgetful()
  @OssCallback('forgotten', { name: 'forgotten' })
  forgotten(@CompletedUpload() upload: OssUpload) {
    return { object: upload.object };
  }

  @OssCallback('overridden/by-app', { name: 'overridden' })
  override overridden(upload: OssUpload) {
    return { overridden: true, ...super.overridden(upload) };
  }

  @OssCallback('extended/by-app', { name: 'extended' })
  override extended(@CompletedUpload() upload: OssUpload, ...others: unknown[]) {
    return { extended: true, ...super.extended(upload, ...others) };
  }

  @Get('other')
  other() {
    return 'other';
  }
}

const emptying: PipeTransform = {
  transform: (value: unknown, { type }) => (type === 'custom' ? {} : value),
};

describe.each(platforms)('the method of a callback route, on %s', (platform) => {
  const options = { platform, controllers: [CallbackController], signsCallbacks: true };
  const world = useTestApp(options);
  const emptied = useTestApp({
    ...options,
    configure: (app) => void app.useGlobalPipes(emptying),
  });
  beforeEach(() => {
    seen = {};
  });

  async function report(target?: string, to: TestApp = world) {
    const callback = await authoriseBody(to, {}, { target });
    const answer = await sendCallback(to, { ...callback, target });
    return { ...callback, answer };
  }

  it('is found by guards with what stands above and below, and answers as it says', async () => {
    const { uploadId, answer } = await report();
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      url: '/oss/callback',
      id: uploadId,
      object: expect.any(String),
    });
    expect(seen).toEqual({ name: 'around', above: 'seen', below: 'seen', traced: true });
  });

  it('may be inherited', async () => {
    const { answer } = await report('/inherited');
    expect(answer.json()).toMatchObject({ greeting: 'from the app' });
  });

  it('may override another, whose parameters it takes over', async () => {
    const { uploadId, answer } = await report('/overridden/by-app');
    expect(answer.json()).toEqual({ overridden: true, object: expect.any(String) });
    expect(await world.audit.get(uploadId)).toMatchObject({ status: 'completed' });
  });

  it('may call the one that it overrides, with all that it was given', async () => {
    const { answer } = await report('/extended/by-app');
    expect(answer.json()).toEqual({ extended: true, object: expect.any(String), others: [] });
  });

  it.each(['/oss/callback', '/inherited'])(
    'is not called, and %s refuses, where a pipe takes its values',
    async (target) => {
      const { uploadId, answer } = await report(target, emptied);
      expect([answer.status, answer.json()]).toMatchObject([500, { code: 'INTERNAL' }]);
      expect(seen.traced).toBeUndefined();
      expect(await emptied.audit.get(uploadId)).toMatchObject({ status: 'completed' });
    },
  );

  it('may stand under a decorator that hands on the arguments that it knows, and no others', async () => {
    const { uploadId, answer } = await report('/forgotten');
    expect(answer.json()).toEqual({ object: expect.any(String) });
    expect(await world.audit.get(uploadId)).toMatchObject({ status: 'completed' });
  });
});

it('is a plain method for a test that calls it', () => {
  const controller = new CallbackController();
  const upload = Object.assign(new OssUpload(), { id: '1', object: 'a.txt' });
  expect(controller.inherited(upload)).toEqual({ greeting: 'from the app', object: 'a.txt' });
  expect(controller.answer({ url: '/x' }, upload, { object: 'a.txt' })).toEqual({
    url: '/x',
    id: '1',
    object: 'a.txt',
  });
});
