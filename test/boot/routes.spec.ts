import {
  Controller,
  Next,
  Post,
  Res,
  UseGuards,
  Version,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OssCallback, OssCallbackGuard } from '../../src/index.js';
import { platforms } from '../support/platforms.js';
import { useDatabase } from '../support/test-app.js';
import { Wrapped } from '../support/wrapped.js';
import { boot, type BootInput, failureOf } from './boot-app.js';

@Controller()
class PlainController {
  @OssCallback('oss/callback')
  onUpload() {}
}

@Controller()
class NeutralController {
  @Version(VERSION_NEUTRAL)
  @OssCallback('oss/callback')
  onUpload() {}
}

@Controller({ version: ['2', VERSION_NEUTRAL] })
class AlsoNeutralController {
  @OssCallback('oss/callback')
  onUpload() {}
}

@Controller()
class GuardedController {
  @Post('oss/callback')
  @UseGuards(OssCallbackGuard)
  onUpload() {}
}

@Controller()
class AnsweringController {
  @OssCallback('oss/callback')
  onUpload(@Res() response: { json(value: object): void }) {
    response.json({ sent: true });
  }
}

@Controller()
class NextController {
  @OssCallback('oss/callback')
  onUpload(@Next() next: () => void) {
    next();
  }
}

@Controller()
class PassthroughController {
  @OssCallback('oss/callback')
  onUpload(@Res({ passthrough: true }) response: object) {
    return { given: typeof response };
  }
}

@Controller()
class WrappedController {
  @Wrapped()
  @OssCallback('oss/callback')
  onUpload() {}
}

@Controller()
class OverridingController extends PlainController {
  override onUpload() {}
}

@Controller({ path: 'admin', host: 'admin.shop.cn' })
class AdminController {
  @OssCallback('oss/callback')
  onUpload() {}
}

@Controller({ host: [':tenant.example.com', /^api\.shop\.(cn|com)$/] })
class TenantController {
  @OssCallback('oss/callback')
  onUpload() {}
}

const database = useDatabase();

const byHeader = { type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' } as const;
const byMediaType = { type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '1' } as const;

describe.each(platforms)('the start of an app on %s', (platform) => {
  const start = (input: Omit<BootInput, 'databaseUrl' | 'platform'>) =>
    boot({ platform, databaseUrl: database.url, ...input });
  const warningsOf = async (input: Omit<BootInput, 'databaseUrl' | 'platform'>) => {
    const lines: string[] = [];
    await start({ ...input, onWarning: (line) => void lines.push(line) });
    return lines;
  };
  const versioned = (controller: new () => object, options: VersioningOptions) => ({
    controllers: [controller],
    configure: (app: { enableVersioning(options: VersioningOptions): unknown }) =>
      void app.enableVersioning(options),
  });

  it.each<[what: string, controller: new () => object, options: VersioningOptions, header: string]>(
    [
      ['a header', PlainController, byHeader, 'the header "x-version"'],
      ['a media type', PlainController, byMediaType, '"Accept"'],
      ['a header, with the guard alone', GuardedController, byHeader, 'the header "x-version"'],
    ],
  )(
    'stops if %s selects the version of a callback route',
    async (_what, controller, options, header) => {
      expect(await failureOf(start(versioned(controller, options)))).toContain(
        `${controller.name}.onUpload has the version "1", which a request selects by ${header}. OSS sends no such header, so each callback would get 404. Put @Version(VERSION_NEUTRAL) on the method.`,
      );
    },
  );

  it.each<[what: string, controller: new () => object, options: VersioningOptions]>([
    ['the method is neutral', NeutralController, byHeader],
    ['the controller is, among other versions', AlsoNeutralController, byMediaType],
    ['no version is set', PlainController, { type: VersioningType.HEADER, header: 'x-version' }],
    [
      'the path carries the version',
      PlainController,
      { type: VersioningType.URI, defaultVersion: '1' },
    ],
  ])('does not if %s', async (_what, controller, options) => {
    expect(await warningsOf(versioned(controller, options))).toEqual([]);
  });

  it.each([AnsweringController, NextController])(
    'stops if the method of a callback route sends the answer itself: %o',
    async (controller) => {
      expect(await failureOf(start({ controllers: [controller] }))).toContain(
        `${controller.name}.onUpload has @OssCallback and injects the response to send it itself`,
      );
    },
  );

  it('does not if it only uses the response', async () => {
    expect(await warningsOf({ controllers: [PassthroughController] })).toEqual([]);
  });

  it.each<[what: string, controller: new () => object, warning: string | undefined]>([
    [
      'a decorator replaces',
      WrappedController,
      'WrappedController.onUpload has @OssCallback but is not a route',
    ],
    [
      'a subclass overrides',
      OverridingController,
      'OverridingController.onUpload has @OssCallback but is not a route',
    ],
    [
      'another host serves',
      AdminController,
      'AdminController.onUpload only serves admin.shop.cn, but the option "publicUrl" has OSS call api.shop.cn',
    ],
    ['this host serves', TenantController, undefined],
  ])('warns of a method that %s', async (_what, controller, warning) => {
    const lines = await warningsOf({ controllers: [controller] });
    expect(lines).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)]);
  });
});
