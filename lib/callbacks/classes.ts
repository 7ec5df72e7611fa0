// Every callback by its class: the library's entry follows from it.
export * from './backup_and_restore';
export * from './csv_logger';
export * from './early_stopping';
export * from './history';
export * from './lambda_callback';
export * from './layer_statistics';
export * from './learning_rate_scheduler';
export * from './model_checkpoint';
export * from './progbar_logger';
export * from './reduce_lr_on_plateau';
export * from './swap_ema_weights';
export * from './tensorboard';
export * from './terminate_on_nan';
