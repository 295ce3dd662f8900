import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Post,
  Res,
  ValidationPipe,
} from '@nestjs/common';
import { Matches } from 'class-validator';
import type { Response } from 'express';
import { Sessions } from './sessions.js';

export class SignIn {
  /** Begins the keys of this user's objects, so it holds no slash. */
  @Matches(/^(?!\s*$)[^\p{C}/\\]{1,40}$/u, {
    message: 'Write a name of 1 to 40 characters, without slashes.',
  })
  name!: string;
}

@Controller('session')
export class SessionController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  read(@Headers('cookie') cookies?: string) {
    return { name: this.sessions.userOf(cookies) ?? null };
  }

  /** A name is enough here: the sample shows what follows from a session, not how to sign in. */
  @Post()
  signIn(
    @Body(new ValidationPipe({ stopAtFirstError: true })) { name }: SignIn,
    @Res({ passthrough: true }) response: Response,
  ) {
    response.setHeader('Set-Cookie', this.sessions.begin(name));
    return { name };
  }

  @Delete()
  @HttpCode(204)
  signOut(@Res({ passthrough: true }) response: Response) {
    response.setHeader('Set-Cookie', this.sessions.end());
  }
}
