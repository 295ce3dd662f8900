import {
  ClassSerializerInterceptor,
  Controller,
  SerializeOptions,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { Exclude, Expose } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import { OssCallback } from '../../src/index.js';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { startAppForTest, type TestAppOptions, useDatabase } from '../support/test-app.js';

class Avatar {
  name = 'me.png';
  @Exclude()
  moderationNote = 'for the staff alone';
  @Expose({ groups: ['owner'] })
  quota = 7;
}

@Controller()
class AvatarsController {
  @OssCallback('oss/callback')
  onUpload() {
    return { avatars: [new Avatar()] };
  }
}

@Controller()
class OwnersController {
  @SerializeOptions({ groups: ['owner'] })
  @OssCallback('oss/callback')
  onUpload() {
    return new Avatar();
  }
}

@Controller()
@UseInterceptors(ClassSerializerInterceptor)
class SerializingController {
  @OssCallback('oss/callback')
  onUpload() {
    return new Avatar();
  }
}

const global = {
  provide: APP_INTERCEPTOR,
  useClass: ClassSerializerInterceptor,
};
const shown = { name: 'me.png' };

describe.each(platforms)(
  'what the app’s ClassSerializerInterceptor leaves out, on %s',
  (platform) => {
    const database = useDatabase();

    it.each<[what: string, options: Partial<TestAppOptions>, answer: unknown]>([
      [
        'provided for the app',
        { controllers: [AvatarsController], providers: [global] },
        { avatars: [shown] },
      ],
      [
        'set in main.ts',
        {
          controllers: [AvatarsController],
          configure: (app) =>
            void app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector))),
        },
        { avatars: [shown] },
      ],
      [
        'with the options of the route',
        { controllers: [OwnersController], providers: [global] },
        { ...shown, quota: 7 },
      ],
      ['on the controller', { controllers: [SerializingController] }, shown],
    ])('does not reach the uploader: %s', async (_what, options, answer) => {
      const world = await startAppForTest({ platform, database, signsCallbacks: true, ...options });
      const { body } = await authoriseBody(world);
      expect(await (await sendCallback(world, { body })).json()).toEqual(answer);
    });

    it('does, as on any other route, in an app that has none', async () => {
      const controllers = [AvatarsController];
      const world = await startAppForTest({
        platform,
        database,
        signsCallbacks: true,
        controllers,
      });
      const { body } = await authoriseBody(world);
      const avatar = { ...shown, moderationNote: 'for the staff alone', quota: 7 };
      expect(await (await sendCallback(world, { body })).json()).toEqual({ avatars: [avatar] });
    });
  },
);
