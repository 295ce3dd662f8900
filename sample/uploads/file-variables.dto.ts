import { IsString, MaxLength } from 'class-validator';
import { CustomVariablesDto } from 'nestjs-oss-callback';

/** What this app wants to read again when an upload is reported; travels as `x:original_name`. */
export class FileVariables extends CustomVariablesDto {
  @IsString()
  @MaxLength(255)
  originalName!: string;
}
