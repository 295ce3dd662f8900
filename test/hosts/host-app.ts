import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Post,
  type RawBodyRequest,
  Req,
  SetMetadata,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { IsInt, IsOptional, IsString } from 'class-validator';
import {
  CallbackVariables,
  CompletedUpload,
  OssCallback,
  CustomVariablesDto,
  OssUpload,
  SystemVariables,
  SystemVariablesDto,
} from '../../src/index.js';

export const Public = () => SetMetadata('isPublic', true);

export class EchoDto {
  @IsString()
  name!: string;
}

export class EchoVariables extends CustomVariablesDto {
  @IsOptional()
  @IsInt()
  albumId?: number;
}

/** What a host app has besides its callback route. */
@Controller('host')
export class HostController {
  @Public()
  @Post('echo')
  @HttpCode(200)
  echo(@Body() body: EchoDto, @Req() request: RawBodyRequest<object>) {
    return { body, rawBody: request.rawBody?.toString('utf8') };
  }

  @Public()
  @Get('long')
  long() {
    return { text: 'compress me '.repeat(500) };
  }

  @Public()
  @Get('fails')
  fails() {
    throw new BadRequestException('as the host says it');
  }

  @Get('secret')
  secret() {
    return { secret: true };
  }
}

/** The callback route, at `/oss/callback` unless the host adds to it. */
export function createCallbackController(
  versions: { controller?: string | typeof VERSION_NEUTRAL; method?: MethodDecorator } = {},
): Type {
  @Controller({ path: 'oss', version: versions.controller })
  class CallbackController {
    @Public()
    @SkipThrottle()
    @(versions.method ?? (() => undefined))
    @OssCallback('callback')
    answer(
      @CompletedUpload() upload: OssUpload,
      @SystemVariables() system: SystemVariablesDto,
      @CallbackVariables() variables: EchoVariables,
    ) {
      return { key: upload.object, mimeType: system.mimeType, variables };
    }
  }
  return CallbackController;
}

/** A module with the callback route, for hosts that give its module a path. */
export function createCallbackModule(): Type {
  @Module({ controllers: [createCallbackController()] })
  class CallbackModule {}
  return CallbackModule;
}
