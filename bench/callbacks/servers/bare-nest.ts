import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { FIXED_UPLOAD_ID } from '../answers.js';
import type { Platform } from './contender.js';
import { listen } from './listen.js';

@Controller()
class FixedController {
  @Post('oss/callback')
  @HttpCode(200)
  answer() {
    return { uploadId: FIXED_UPLOAD_ID };
  }
}

@Module({ controllers: [FixedController] })
class FixedModule {}

/** A Nest app with one route that answers fixed JSON. */
export function startBareNest({ platform }: { platform: Platform }): Promise<number> {
  return listen(FixedModule, platform);
}
