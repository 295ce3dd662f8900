import { Controller } from '@nestjs/common';
import { CompletedUpload, OssCallback, OssUpload } from '../../src/index.js';

/** Answers the same to every upload. */
@Controller()
export class TakingController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }
}

/** The route that callbacks come to where a test asks for no other. */
@Controller()
export class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() { id }: OssUpload) {
    return { uploadId: id };
  }
}
