import { Module, type ModuleMetadata } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { OssCallbackModule, OssUploadService } from '../../src/index.js';
import { platforms } from '../support/platforms.js';
import { boot, bootOptions, dataSourceModule, failureOf } from './boot-app.js';
import { useDatabase } from '../support/test-app.js';
import { OssController } from './boot-app.js';

const TWICE = /imported 2 times in one app\. Import .*forRoot\(\) or forRootAsync\(\) once/;
const others = { ...bootOptions, publicUrl: 'https://other.shop.cn' };
const forRoot = () => OssCallbackModule.forRoot(bootOptions);
const forRootAsync = () => OssCallbackModule.forRootAsync({ useFactory: () => bootOptions });

const database = useDatabase();

function inFeature(imports: ModuleMetadata['imports']) {
  @Module({ imports })
  class FeatureModule {}
  return FeatureModule;
}

describe.each(platforms)('an app on %s that imports the module', (platform) => {
  const start = (imports: ModuleMetadata['imports'], work?: Parameters<typeof boot>[1]) =>
    boot(
      {
        platform,
        databaseUrl: '',
        withoutModule: true,
        imports: [dataSourceModule(database.url), ...imports!],
        controllers: [OssController],
      },
      work,
    );

  it.each<[string, () => ModuleMetadata['imports']]>([
    ['by forRoot twice, with equal options', () => [forRoot(), inFeature([forRoot()])]],
    ['by forRoot twice, with other options', () => [forRoot(), OssCallbackModule.forRoot(others)]],
    ['by forRoot and forRootAsync', () => [forRoot(), forRootAsync()]],
    ['by forRootAsync twice', () => [inFeature([forRootAsync()]), inFeature([forRootAsync()])]],
    ['by forRoot, and as a class elsewhere', () => [forRoot(), inFeature([OssCallbackModule])]],
  ])('%s does not start, and reads what to do', async (_how, imports) => {
    expect(await failureOf(start(imports()))).toMatch(TWICE);
  });

  it('as a class alone reads that the options are missing', async () => {
    const message = await failureOf(start([inFeature([OssCallbackModule])]));
    expect(message).toMatch(
      /^OssCallbackModule is imported without options\. Import OssCallbackModule\.forRoot\(/,
    );
  });

  it('by a constant may do so wherever it is needed', async () => {
    const module = OssCallbackModule.forRoot({ ...bootOptions, isGlobal: false });
    await start([module, inFeature([module])], (app) => {
      expect(app.get(OssUploadService, { strict: false })).toBeInstanceOf(OssUploadService);
    });
  });

  it('again in a module that it loads later is told so', async () => {
    await start([forRoot()], async (app) => {
      const late = app.get(LazyModuleLoader).load(() => inFeature([OssCallbackModule]));
      expect(await failureOf(late)).toMatch(TWICE);
    });
  });
});

it.each(['reference', 'deep-hash'] as const)(
  'options are never those of another forRoot, where Nest compares modules by %s',
  async (moduleIdGeneratorAlgorithm) => {
    const imports = [
      dataSourceModule(database.url),
      OssCallbackModule.forRoot(others),
      inFeature([forRoot()]),
    ];
    const ignore = () => undefined;
    const testing = Test.createTestingModule({ imports }, { moduleIdGeneratorAlgorithm });
    testing.setLogger({ log: ignore, error: ignore, warn: ignore });
    expect(await failureOf(testing.compile())).toMatch(TWICE);
  },
);

it('two apps in one process have each their own', async () => {
  const input = { databaseUrl: database.url, controllers: [OssController] };
  await boot(input, () => boot({ ...input, options: others }));
});
