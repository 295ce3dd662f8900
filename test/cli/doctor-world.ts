import { IsString } from 'class-validator';
import { Controller, HttpCode, Post, Redirect } from '@nestjs/common';
import type { Check } from '../../src/cli/doctor/report.js';
import { type DoctorSettings, secretsOf } from '../../src/cli/doctor/doctor-settings.js';
import { DoctorReport } from '../../src/cli/doctor/report.js';
import { runDoctor } from '../../src/cli/doctor/run-doctor.js';
import {
  CallbackVariables,
  CompletedUpload,
  CustomVariablesDto,
  OssCallback,
  type OssUpload,
} from '../../src/index.js';

import type { PlatformName } from '../support/platforms.js';
import {
  BUCKET,
  startOss,
  startTestApp,
  type TestApp,
  TICKET_SECRET,
} from '../support/test-app.js';

export const REGION = 'cn-hangzhou';
export const CREDENTIALS = {
  accessKeyId: 'doctor-test-key-id',
  accessKeySecret: 'doctor-test-key-secret',
};
/** A bucket that keeps versions, and one whose pages stand at app.test. */
export const VERSIONED_BUCKET = 'versioned-uploads';
export const PAGE_ORIGIN = 'https://app.test';

class AlbumVariables extends CustomVariablesDto {
  @IsString()
  album!: string;
}

@Controller()
class DoctoredController {
  @OssCallback('oss/callback')
  onUpload(@CompletedUpload() upload: OssUpload) {
    return { id: upload.id };
  }

  @OssCallback('oss/albums', { name: 'albums' })
  onAlbum(@CallbackVariables() { album }: AlbumVariables) {
    return { album };
  }

  @Post('page')
  @HttpCode(200)
  page() {
    return '<!DOCTYPE html><html><head><title>Sign in</title></head></html>';
  }

  @Post('moved')
  @Redirect('/oss/callback', 308)
  moved() {
    return undefined;
  }

  @Post('taken')
  @HttpCode(200)
  taken() {
    return { ok: true };
  }
}

export interface DoctoredApp {
  app: TestApp;
  /** Everything that the doctor needs to find all well. */
  env: Record<string, string>;
  /** Without the database, where it does not matter: these checks do not read what the app notes there. */
  alone: Record<string, string>;
  stop(): Promise<void>;
}

/** An app in good order, its database and its local OSS. */
export async function startDoctoredApp(platform: PlatformName = 'Express'): Promise<DoctoredApp> {
  const oss = {
    buckets: {
      [BUCKET]: { region: REGION, corsOrigins: [PAGE_ORIGIN] },
      [VERSIONED_BUCKET]: { region: REGION, versioned: true },
    },
    credentials: [CREDENTIALS],
  };
  const app = await startTestApp({
    platform,
    controllers: [DoctoredController],
    createOss: () => startOss(oss),
    options: { credentials: CREDENTIALS, callback: { url: '/oss/callback' } },
  });
  const alone = {
    OSS_PUBLIC_URL: app.url,
    OSS_CALLBACK_URL: '/oss/callback',
    OSS_BUCKET: BUCKET,
    OSS_REGION: REGION,
    OSS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    OSS_ACCESS_KEY_SECRET: CREDENTIALS.accessKeySecret,
    OSS_TICKET_SECRETS: TICKET_SECRET,
    OSS_ENVIRONMENT: 'test',
    OSS_LOCAL_URL: app.oss.url,
  };
  return {
    app,
    alone,
    env: { ...alone, DATABASE_URL: app.database.url },
    stop: () => app.stop(),
  };
}

export interface Examination {
  checks: Check[];
  /** As people read it. */
  text: string;
  healthy: boolean;
  /** The check of that id; fails where there is none. */
  find(id: string): Check;
  failures(): string[];
}

/** What the doctor finds in an environment. */
export async function examine(
  env: Record<string, string | undefined>,
  settings: Partial<DoctorSettings> = {},
): Promise<Examination> {
  const all: DoctorSettings = {
    env,
    databaseUrl: env.DATABASE_URL,
    databaseNames: { schema: undefined, tablePrefix: '', migrationsTable: 'migrations' },
    callbackUrl: undefined,
    origin: undefined,
    live: false,
    variables: {},
    timeoutMs: 20_000,
    ...settings,
  };
  let text = '';
  const report = new DoctorReport(
    { write: (piece) => void (text += piece) },
    'text',
    secretsOf(all),
  );
  await runDoctor(all, report);
  const healthy = report.end();
  const { checks } = report;
  return {
    checks,
    text,
    healthy,
    find: (id) => {
      const found = checks.filter((check) => check.id === id);
      if (found.length !== 1) throw new Error(`${found.length} checks are named ${id}:\n${text}`);
      return found[0]!;
    },
    failures: () => checks.flatMap(({ id, status }) => (status === 'failed' ? [id] : [])),
  };
}
