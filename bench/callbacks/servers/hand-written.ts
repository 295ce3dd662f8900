import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Module,
  Post,
  type RawBodyRequest,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Repository } from 'typeorm';
import { ossCallbackEntities, OssUpload } from '../../../src/index.js';
import { createUploadId } from '../../../src/ticket/upload-id.js';
import type { World } from '../world.js';
import type { HandWrittenContender } from './contender.js';
import { listen } from './listen.js';

type CallbackRequest = RawBodyRequest<IncomingMessage>;

/** Fetches each key once, and verifies the signature over the bytes that Nest keeps. */
@Injectable()
class SignatureGuard implements CanActivate {
  private readonly keys = new Map<string, Promise<KeyObject>>();

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { url = '', headers, rawBody } = context.switchToHttp().getRequest<CallbackRequest>();
    if (!rawBody) throw new UnauthorizedException();
    const publicKey = await this.keyOf(String(headers['x-oss-pub-key-url']));
    const verifier = createVerify('RSA-MD5');
    verifier.update(`${decodeURIComponent(url)}\n`).update(rawBody);
    return verifier.verify(publicKey, headers.authorization ?? '', 'base64');
  }

  private keyOf(header: string): Promise<KeyObject> {
    let key = this.keys.get(header);
    if (!key) {
      key = fetchText(Buffer.from(header, 'base64').toString()).then((pem) => createPublicKey(pem));
      this.keys.set(header, key);
    }
    return key;
  }
}

@Controller()
class CallbackController {
  constructor(@InjectRepository(OssUpload) private readonly uploads: Repository<OssUpload>) {}

  @Post('oss/callback')
  @HttpCode(200)
  @UseGuards(SignatureGuard)
  async save(@Body() values: Record<string, string>) {
    const now = new Date();
    const upload = this.uploads.create({
      id: createUploadId(),
      identity: `req:${values.reqId}`,
      bucket: values.bucket,
      object: values.object,
      etag: values.etag,
      size: Number(values.size),
      mimeType: values.mimeType,
      imageHeight: Number(values['imageInfo.height']),
      imageWidth: Number(values['imageInfo.width']),
      imageFormat: values['imageInfo.format'],
      crc64: values.crc64,
      contentMd5: values.contentMd5,
      clientIp: values.clientIp,
      requestId: values.reqId,
      operation: values.operation,
      variables: { originalName: values['x:original_name'] ?? '' },
      source: 'callback',
      status: 'completed',
      attempts: 0,
      ticketed: false,
      receivedAt: now,
      completedAt: now,
    });
    await this.uploads.save(upload);
    // it knows no ticket: the id stands in the object's name
    return { uploadId: /([0-9a-f-]{36})\.jpg$/.exec(upload.object)?.[1] ?? '' };
  }
}

/**
 * A Nest app as the vendor's documents have people write it: the public key fetched once, the signature verified over the
 * raw body that Nest keeps, the upload saved with TypeORM. No ticket, no confirmation, no limits, and two rows for a
 * callback that comes twice under another request id.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export function startHandWritten(
  { platform }: HandWrittenContender,
  { databaseUrl }: World,
): Promise<number> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: databaseUrl,
        entities: ossCallbackEntities,
        retryAttempts: 0,
      }),
      TypeOrmModule.forFeature([OssUpload]),
    ],
    controllers: [CallbackController],
  })
  class AppModule {}

  return listen(AppModule, platform, { rawBody: true });
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => resolve(text(response))).once('error', reject);
  });
}
