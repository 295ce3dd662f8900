import { Controller } from '@nestjs/common';
import { CompletedUpload, OssCallback, OssUpload } from '../../src/index.js';

/** The route that callbacks come to where a test asks for no other. */
@Controller()
export class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() { id }: OssUpload) {
    return { uploadId: id };
  }
}
