import {
  Controller,
  Get,
  NotFoundException,
  Param,
  ParseUUIDPipe,
  UseGuards,
} from '@nestjs/common';
import { CurrentUser } from '../session/current-user.decorator.js';
import { SessionGuard } from '../session/session.guard.js';
import { FilesService } from './files.service.js';

/** What the app made of an upload. */
@Controller('files')
@UseGuards(SessionGuard)
export class FilesController {
  constructor(private readonly files: FilesService) {}

  @Get(':id')
  async read(@CurrentUser() user: string, @Param('id', ParseUUIDPipe) id: string) {
    const file = await this.files.find(user, id);
    if (file) return file;
    throw new NotFoundException('There is no such file.');
  }
}
