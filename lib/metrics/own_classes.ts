// Every metric that no loss shares its name with, by its class.
export * from './accuracy';
export * from './auc';
export * from './confusion_counts';
export * from './confusion_matrix';
export * from './correlation';
export * from './f_score';
export * from './iou';
export * from './log_cosh_error';
export * from './precision_recall';
export * from './r2_score';
export * from './reduction';
export * from './root_mean_squared_error';
export * from './sensitivity_specificity';
