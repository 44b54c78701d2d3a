/** Rows of the deployer's view, for reading. The projection alone writes them. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type DeploymentId, type DeploymentStatus, type QueueName, type TaskName } from '#contracts';
import { type Deployment } from '../deployment/index.js';

@Entity({ name: 'deployments', synchronize: false })
export class DeploymentRow {
  @PrimaryColumn({ name: 'deployment_id', type: 'uuid' })
  deploymentId!: DeploymentId;
  @Column({ type: 'text' })
  status!: DeploymentStatus;
  @Column({ type: 'text' })
  queue!: QueueName;
  @Column({ type: 'text', array: true })
  tasks!: TaskName[];
  @Column({ type: 'json' })
  state!: Deployment;
}
