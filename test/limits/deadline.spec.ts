import { Controller, type NestInterceptor } from '@nestjs/common';
import { NEVER, mergeMap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { OssCallback } from '../../src/index.js';
import { authoriseBody, localOssOf, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { startOss, startTestApp, type TestApp } from '../support/test-app.js';
import { outcomeOf } from './gated-app.js';

const ANSWER_WITHIN_MS = 500;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
}

/** A host's own, which waits for something that does not come. */
const hanging: NestInterceptor = {
  intercept: (_context, next) => next.handle().pipe(mergeMap(() => NEVER)),
};

describe.each(platforms)('an answer on %s', (platform) => {
  let world: TestApp;

  afterEach(() => world.stop());

  it('leaves in time where an interceptor of the host holds it back', async () => {
    const oss = await startOss();
    world = await startTestApp({
      platform,
      controllers: [CallbackController],
      configure: (app) => void app.useGlobalInterceptors(hanging),
      options: {
        localOss: localOssOf(oss),
        confirmObject: 'never',
        answerWithinMs: ANSWER_WITHIN_MS,
      },
    });
    const { body } = await authoriseBody(world);
    const answer = await sendCallback({ ...world, oss }, { body });
    await oss.stop();
    expect(outcomeOf(answer)).toEqual([200, { taken: true }]);
  });
});
