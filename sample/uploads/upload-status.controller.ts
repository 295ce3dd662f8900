import { Controller, Get, NotFoundException, Param, Post, UseGuards } from '@nestjs/common';
import {
  OssUploadReconciler,
  OssUploadService,
  type UploadStatusReport,
} from 'nestjs-oss-callback';
import { CurrentUser } from '../session/current-user.decorator.js';
import { SessionGuard } from '../session/session.guard.js';
import { AuthorisationLimitGuard } from './authorisation-limit.guard.js';

/** For a client that got a 203: its object is stored, and the app has not confirmed it. */
@Controller('uploads/:id')
export class UploadStatusController {
  constructor(
    private readonly uploads: OssUploadService,
    private readonly reconciler: OssUploadReconciler,
  ) {}

  @Get('status')
  @UseGuards(SessionGuard)
  status(@CurrentUser() user: string, @Param('id') id: string) {
    return this.ownStatus(user, id);
  }

  /** Looks for the object now. The module does so by itself, a while after the authorisation has expired. */
  @Post('reconciliation')
  @UseGuards(SessionGuard, AuthorisationLimitGuard)
  async reconcile(@CurrentUser() user: string, @Param('id') id: string) {
    await this.ownStatus(user, id);
    await this.reconciler.run({ uploadIds: [id] });
    return this.ownStatus(user, id);
  }

  private async ownStatus(user: string, id: string): Promise<UploadStatusReport> {
    const report = await this.uploads.status(id);
    if (report.owner === user) return report;
    throw new NotFoundException('There is no such upload.');
  }
}
